"""A plan carried out: change by change, with the outcome of each. A second run does whatever is left."""

from collections.abc import Callable, Iterable

from botocore.exceptions import ClientError

from ses_feedback.aws_errors import is_denied
from ses_feedback.errors import NotConfirmed, OutOfTime
from ses_feedback.ses_setup.changes import Change, SetupAction
from ses_feedback.ses_setup.configuration_sets import topics_of
from ses_feedback.ses_setup.report import Outcome
from ses_feedback.ses_setup.ses import SesIdentities
from ses_feedback.ses_setup.target import StackOffer


def carry_out(
    changes: Iterable[Change],
    ses: SesIdentities,
    offer: StackOffer,
    on_done: Callable[[Change, str], None] = lambda _change, _refusal: None,
) -> Outcome:
    """Makes the changes in their order; `on_done` is called after each, with the reason if it was refused.

    After a refusal the other changes of that subject are left, since they rely on it, and so are those that would
    point at it: a topic without its subscription accepts what SES reports, and nobody receives it. All else goes on.
    Raises whatever is neither a refusal by AWS nor running out of time.
    """
    outcome, coming, stopped = Outcome(), iter(changes), set[str]()
    for change in coming:
        if change.subject in stopped or points_at(change) in stopped:
            stopped.add(change.subject)
            outcome.left.append(change)
            continue
        refusal = ""
        try:
            ses.apply(change, offer)
        except OutOfTime:
            outcome.left += [change, *coming]
            break
        except NotConfirmed as error:
            refusal = str(error)
        except ClientError as error:
            refusal = in_words(error)
            outcome.denied += filter(None, [missing_permission(error)])
        if refusal:
            outcome.refused.append((change, refusal))
            stopped.add(change.subject)
        else:
            outcome.done.append(change)
        on_done(change, refusal)
    return outcome


def points_at(change: Change) -> str:
    """The topic or configuration set that a change leads feedback to, if any."""
    if change.action is SetupAction.PUT_DESTINATION:
        return next(iter(topics_of({"": change.detail})), "")
    return change.after if change.action is SetupAction.SET else ""


def missing_permission(error: ClientError) -> str:
    """The IAM action that the caller lacks, or nothing if something else is wrong.

    Both of SES's interfaces have the prefix `ses`
    (https://docs.aws.amazon.com/service-authorization/latest/reference/list_sesv2.html).
    """
    if not is_denied(error):
        return ""
    is_topics = "Topic" in error.operation_name and "Identity" not in error.operation_name
    service = "sns" if is_topics or error.operation_name == "Subscribe" else "ses"
    return f"{service}:{error.operation_name}"


def in_words(error: ClientError) -> str:
    """What AWS refused and why, with the missing permission if there is one."""
    answer = error.response["Error"]
    message = answer.get("Message", "").rstrip(".")
    if permission := missing_permission(error):
        return f"access denied: the permission {permission} is missing ({message})"
    return f"{error.operation_name}: {answer.get('Code', '')}: {message}"
