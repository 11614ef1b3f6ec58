"""What is counted for CloudWatch, by environment, message stream, team, reason and provider; never by address.

The dimensions are not combined: their product would be thousands of metrics, each with its price. docs/monitoring.md
lists the metrics, and says why the rates computed from them are estimates.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from ses_feedback.address import domain_of, is_simulated
from ses_feedback.decision.routing import Route, route
from ses_feedback.events.feedback import Origin
from ses_feedback.events.notification import texts
from ses_feedback.events.sender import Sender, senders_of
from ses_feedback.ses_lists import SesList
from ses_feedback.settings.file import Settings
from ses_feedback.timestamp import to_datetime
from ses_feedback.vocabulary import NOT_SPAM, Effect, Kind, Reason, feedback_type

if TYPE_CHECKING:
    from ses_feedback.decision.decide import Decision  # a function that only counts mails does not load the rules

PROVIDERS = (
    *("Apple", "Barracuda", "Cisco", "Comcast", "Google", "Microsoft", "Mimecast", "Proofpoint"),
    *("United Internet", "Yahoo", "Yandex", "Zoho"),
)
"""Providers with a metric of their own; all others share `OTHER_PROVIDER`, which bounds their number."""

OTHER_PROVIDER = "other"
_MOST_ROUTES = 1_000

type _Whose = tuple[tuple[Sender, ...], tuple[tuple[str, ...], ...]]


class Slice(NamedTuple):
    """One value of one dimension: `("environment", "staging")`."""

    dimension: str
    value: str


class Tally:
    """Counts until they are flushed. `seconds_to_suppression`: from what happened until it was recorded."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._own_domains = own_domains(settings)
        self.counts: dict[Slice, Counter[str]] = defaultdict(Counter)
        self.seconds_to_suppression: list[float] = []

    def clear(self) -> None:
        self.counts.clear()
        self.seconds_to_suppression.clear()

    def add(self, decision: "Decision", now: str) -> None:
        """Counts a new report. Deliveries and sends are not counted here: the archive has all of them."""
        feedback, where = decision.feedback, decision.route
        names = names_of(decision, self._own_domains)
        for by_route in (Slice("environment", where.environment), Slice("message_stream", where.message_stream)):
            self.counts[by_route].update(names)
        self.counts[Slice("team", where.team)].update(name for name in names if not name.endswith("_for_rate"))
        if feedback.kind is Kind.BOUNCE and decision.reason is not None:
            self.counts[Slice("reason", decision.reason)]["bounces"] += 1
            provider = decision.provider if decision.provider in PROVIDERS else OTHER_PROVIDER
            self.counts[Slice("provider", provider)]["bounces"] += 1
        if decision.effect is Effect.SUPPRESSED:
            waited = (to_datetime(now) - to_datetime(feedback.occurred_at)).total_seconds()
            self.seconds_to_suppression.append(max(waited, 0.0))
        self._drop_empty()

    def add_mails(self, name: str, where: Route, count: int) -> None:
        """Counts `sends` or `deliveries` of one sender, from the archive."""
        self.counts[Slice("environment", where.environment)][name] += count
        self.counts[Slice("message_stream", where.message_stream)][name] += count

    def _drop_empty(self) -> None:
        for empty in [by for by, counted in self.counts.items() if not counted]:
            del self.counts[empty]


def names_of(decision: "Decision", own: frozenset[str]) -> list[str]:
    """The metrics that count a report, by their names; `own` are the settings' `own_domains`."""
    feedback, names = decision.feedback, []
    if feedback.kind is Kind.BOUNCE and decision.reason is not Reason.AUTOREPLY:
        names = ["bounces", "bounces_for_rate"] if _is_in_bounce_rate(decision, own) else ["bounces"]
    elif feedback.kind is Kind.COMPLAINT and decision.ses_list is None:
        takes_back = feedback_type(feedback.complaint_feedback_type) == NOT_SPAM
        names = [] if takes_back else ["complaints", "complaints_for_rate"]
    if decision.is_simulated:
        names = [name for name in names if not name.endswith("_for_rate")]
    if decision.effect is Effect.SUPPRESSED:
        names.append("suppressed")
    return names


def _is_in_bounce_rate(decision: "Decision", own: frozenset[str]) -> bool:
    """Hard bounces, except SES's echoes and predictions, and those at the sender's own domains.

    https://docs.aws.amazon.com/ses/latest/dg/reputationdashboardmessages.html
    """
    if (decision.feedback.bounce_type or "").lower() != "permanent":
        return False
    if decision.ses_list not in (None, SesList.GLOBAL, SesList.CONTACT_LIST):
        return False
    domain = f".{domain_of(decision.feedback.recipient or '')}"
    return not any(domain.endswith(f".{name}") for name in own)


def own_domains(settings: Settings) -> frozenset[str]:
    """The domains that the settings send from: they are verified, so SES leaves bounces there out of its rate."""
    domains = {domain for each in settings.selectors for domain in each.domains}
    return frozenset(domains | {domain_of(address) for each in settings.selectors for address in each.addresses})


class MailRoutes:
    """Whose mail an archived event is. Routes are cached: there are few senders and many mails."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        named = {tag.partition("=")[0] for each in settings.selectors for tag in each.tags}
        self._tags = sorted(named | {"ses:configuration-set", "ses:tenant-name"})
        self._addresses = {name for each in settings.selectors for name in each.addresses}
        self._known: dict[_Whose, Route] = {}

    def of(self, mail: Mapping[str, Any]) -> Route:
        """`mail` is SES's object of that name."""
        tags = mail.get("tags")
        written = tags if isinstance(tags, dict) else {}
        whose = (
            tuple([self._claimable(sender) for sender in senders_of(mail)]),
            tuple([(name, *texts(written[name])) for name in self._tags if name in written]),
        )
        known = self._known.get(whose)
        if known is None:
            if len(self._known) >= _MOST_ROUTES:
                self._known.clear()
            senders, picked = whose
            origin = Origin(senders, {name: values for name, *values in picked})
            known = self._known[whose] = route(origin, self._settings)
        return known

    def _claimable(self, sender: Sender) -> Sender:
        """What the settings can claim of a sender: the domain alone, unless they name the address. Envelope senders
        that differ with every mail (VERP) are one then.
        """
        return sender if sender.name in self._addresses else Sender(f"@{domain_of(sender.name)}", sender.place)


def counter_of_mails(tally: Tally, routes: MailRoutes) -> Callable[[str, dict[str, Any], int], None]:
    """What `ArchiveReports` calls for events that are only counted, with their type, one of them and their number:
    they count once per recipient, as bounces do, and without those of Amazon's simulator.
    """

    def count(name: str, content: dict[str, Any], times: int) -> None:
        mail = content.get("mail")
        if name not in ("Send", "Delivery") or not isinstance(mail, dict):
            return
        if name == "Send":
            recipients = mail.get("destination")
        else:
            delivery = content.get("delivery")
            recipients = delivery.get("recipients") if isinstance(delivery, dict) else None
        if number := _count_of(recipients):
            tally.add_mails("sends" if name == "Send" else "deliveries", routes.of(mail), times * number)

    return count


def _count_of(recipients: Any) -> int:
    """Those who are people. An event that names nobody counts as one: a mail has a recipient."""
    if not isinstance(recipients, list) or not recipients:
        return 1
    return sum(not is_simulated(str(recipient)) for recipient in recipients)
