"""Whether a topic's policy lets SES publish for one account, judged as IAM would judge SES's request.

Three answers: yes, no, and None where it depends on what cannot be known here. A statement that allows is believed in
doubt, one that denies is not: only what surely keeps SES out is reported.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

SERVICE = "ses.amazonaws.com"
PUBLISH = "sns:publish"

type Answer = bool | None
type Statement = Mapping[str, Any]


def why_closed(policy: str, topic: str, account: str) -> list[str]:
    """Why SES cannot publish to a topic for its account; empty if it can."""
    context = _context(topic, account)
    about = [one for one in _statements(policy) if _is_about(one, topic)]
    allowing = [one for one in about if one.get("Effect") == "Allow"]
    denying = [one for one in about if one.get("Effect") == "Deny" and _holds(one, context)]
    causes = [
        f"its policy denies it to SES (statement {one.get('Sid') or about.index(one) + 1}): exempt {SERVICE} there"
        for one in denying
    ]
    if not allowing:
        causes.append(f"its policy does not let SES publish: allow sns:Publish to {SERVICE}")
    elif all(_holds(one, context) is False for one in allowing):
        keys = ", ".join(sorted({key for one in allowing for key in _failing(one, context)}))
        causes.append(
            f"its policy does not let SES publish for the account {account}, for want of {keys}: "
            f"allow it with aws:SourceAccount {account}"
        )
    return causes


def _statements(policy: str) -> list[Statement]:
    try:
        document = json.loads(policy)
    except ValueError:
        return []
    statements = document.get("Statement", []) if isinstance(document, dict) else []
    return [one for one in _listed(statements) if isinstance(one, dict)]


def _is_about(statement: Statement, topic: str) -> bool:
    """Whether it is about SES, publishing and this topic; its conditions aside."""
    return (
        _names(statement, "Principal", _names_ses)
        and _names(statement, "Action", lambda actions: any(_like(PUBLISH, str(one).lower()) for one in actions))
        and _names(statement, "Resource", lambda places: any(_like(topic, str(one)) for one in places))
    )


def _names(statement: Statement, element: str, named: Any) -> bool:
    """What `Action` names, or `NotAction` does not; SNS lets Resource be left out."""
    if f"Not{element}" in statement:
        return not named(_listed(statement[f"Not{element}"]))
    if element not in statement:
        return element == "Resource"
    return bool(named(_listed(statement[element])))


def _names_ses(principals: list[Any]) -> bool:
    """`*` and `{"AWS": "*"}` are everybody: SNS's own default policy is written so, and lets SES publish."""
    named = [principal for one in principals for principal in _by_kind(one)]
    return any(name == "*" or (kind == "Service" and name == SERVICE) for kind, name in named)


def _by_kind(principal: Any) -> Iterator[tuple[str, str]]:
    if isinstance(principal, dict):
        for kind, names in principal.items():
            yield from ((kind, str(name)) for name in _listed(names))
    else:
        yield "", str(principal)


def _context(topic: str, account: str) -> dict[str, list[str]]:
    """The condition keys of SES's request, in small letters. All others a service's request does not have: nobody's
    organization, network address or endpoint. SES documents SourceAccount and SourceArn, SNS's guide SourceOwner
    for it (https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-use-cases.html).
    """
    partition, region = (topic.split(":") + [""] * 4)[1:4:2]
    return {
        "aws:sourceaccount": [account],
        "aws:sourceowner": [account],
        "aws:sourcearn": [f"arn:{partition}:ses:{region}:{account}:{_ANY}"],
        "aws:securetransport": ["true"],
        "aws:principalisawsservice": ["true"],
        "aws:principalservicename": [SERVICE],
        "aws:principalservicenameslist": [SERVICE],
        "aws:viaawsservice": ["false"],
    }


_ANY = "identity/?"
"""One of the account's identities or configuration sets: which is not known."""
_UNKNOWN_KEYS = ("aws:sourceorgid", "aws:sourceorgpaths", "aws:currenttime", "aws:epochtime")


def _holds(statement: Statement, context: Mapping[str, list[str]]) -> Answer:
    return _and(answer for _, answer in _conditions(statement, context))


def _failing(statement: Statement, context: Mapping[str, list[str]]) -> list[str]:
    return [key for key, answer in _conditions(statement, context) if answer is False]


def _conditions(statement: Statement, context: Mapping[str, list[str]]) -> Iterator[tuple[str, Answer]]:
    """Each condition key with whether its condition holds for SES."""
    conditions = statement.get("Condition") or {}
    for operator, keys in conditions.items() if isinstance(conditions, dict) else ():
        for key, values in keys.items() if isinstance(keys, dict) else ():
            yield key, _condition(operator.lower(), key.lower(), [str(one) for one in _listed(values)], context)


def _condition(operator: str, key: str, wanted: list[str], context: Mapping[str, list[str]]) -> Answer:
    if key in _UNKNOWN_KEYS:
        return None
    given = context.get(key, [])
    if operator == "null":
        return (not given) is (wanted[:1] == ["true"] or wanted[:1] == ["True"])
    quantifier, _, name = operator.rpartition(":")
    plain = name.removesuffix("ifexists")
    is_negated, test = "not" in plain, plain.replace("not", "")
    if not given:
        return quantifier == "forallvalues" or plain != name or (is_negated and quantifier != "foranyvalue")
    answer = _or(_matches(test, given[0], one) for one in wanted)
    return answer if answer is None or not is_negated else not answer


def _matches(test: str, given: str, wanted: str) -> Answer:
    if "${" in wanted:
        return None
    if given.endswith(_ANY):
        return _arn_matches(test, given, wanted)
    match test:
        case "stringequals":
            return given == wanted
        case "stringequalsignorecase" | "bool":
            return given.lower() == wanted.lower()
        case "stringlike":
            return _like(given, wanted)
    return None


def _arn_matches(test: str, given: str, wanted: str) -> Answer:
    """By the parts that are known; None if it comes down to which identity or configuration set it is."""
    is_literal = test.startswith("stringequals")
    parts, known = wanted.split(":", 5), given.split(":", 5)[:5]
    if len(parts) < 6:
        return not is_literal and _like(given, wanted)
    if is_literal and re.search(r"[*?]", wanted):
        return False
    fold = str.lower if "ignorecase" in test else str
    if not all(_like(fold(ours), fold(theirs)) for ours, theirs in zip(known, parts[:5], strict=True)):
        return False
    return True if parts[5] == "*" else None


def _like(text: str, pattern: str) -> bool:
    """`*` and `?` as IAM has them."""
    expression = "".join({"*": ".*", "?": "."}.get(one, re.escape(one)) for one in pattern)
    return re.fullmatch(expression, text, re.DOTALL) is not None


def _and(answers: Iterable[Answer]) -> Answer:
    found = list(answers)
    return False if False in found else None if None in found else True


def _or(answers: Iterable[Answer]) -> Answer:
    found = list(answers)
    return True if True in found else None if None in found else False


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
