"""What a refused sender can do about a block list: the lines that alerts, `explain` and `why` show about a reply.

If we know the list's own page, that link is shown as it is. A link that only the reply names is text from outside: it
is written so that nobody can follow it with a click.
"""

from ses_feedback.alerts.words import shown
from ses_feedback.bounces.details import Detail
from ses_feedback.event_row import EventRow

PAGES = {
    "Abusix": "https://lookup.abusix.com/",
    "Backscatterer": "https://www.backscatterer.org/",
    "Barracuda": "https://www.barracudacentral.org/rbl/removal-request",
    "Cisco Talos": "https://talosintelligence.com/reputation_center",
    "Cloudmark": "https://csi.cloudmark.com/en/reset/",
    "DroneBL": "https://dronebl.org/lookup",
    "Invaluement": "https://www.invaluement.com/removal/",
    "PSBL": "https://psbl.org/",
    "Proofpoint": "https://ipcheck.proofpoint.com/",
    "SPFBL": "https://spfbl.net/en/delist/",
    "SURBL": "https://surbl.org/surbl-analysis",
    "SpamCop": "https://www.spamcop.net/bl.shtml",
    "SpamRATS": "https://www.spamrats.com/removal.php",
    "Spamhaus": "https://check.spamhaus.org/",
    "Spamhaus CBL": "https://check.spamhaus.org/",
    "Symantec": "https://ipremoval.sms.symantec.com/",
    "UCEPROTECT": "https://www.uceprotect.net/en/rblcheck.php",
    "URIBL": "https://admin.uribl.com/",
    "Validity Sender Score": "https://senderscore.org/",
    "blocklist.de": "https://www.blocklist.de/en/delist.html",
}
"""The page where each list, by the name that `bounces.details` gives it, looks up and lifts a block."""

_MOST = 200
_UNITS = ((86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second"))


def detail_in(row: EventRow) -> Detail:
    """The detail as an event's row carries it."""
    wait = row.retry_after or ""
    seconds = int(wait) if wait.isdigit() else None
    return Detail(row.block_list, row.sending_ip, seconds, row.delist_link)


def lines_about(detail: Detail) -> list[tuple[str, str]]:
    """Labelled lines, safe to show; none if the reply says nothing of use."""
    ours = PAGES.get(detail.block_list or "")
    lines = [
        ("Block list", shown(detail.block_list or "", _MOST)),
        ("Refused IP", shown(detail.sending_ip or "", _MOST)),
        ("Delist at", ours or shown(detail.delist_link or "", _MOST)),
        ("Asks to wait", _span(detail.retry_after)),
    ]
    return [(label, text) for label, text in lines if text]


def _span(seconds: int | None) -> str:
    """`300` -> "5 minutes": in the largest unit that fits."""
    for size, name in _UNITS:
        if seconds and seconds % size == 0:
            return f"{seconds // size:,} {name}{'' if seconds == size else 's'}"
    return ""
