"""What a reply says besides its reason: block list, sending IP, time to wait, where to ask for delisting; and who
runs the recipient's mail.

Separate from the rules because nothing here decides: it is for the alert that a person reads, and only worked out
for one.
"""

import ipaddress
import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Detail:
    """Facts from the text of a reply; what it does not name is None."""

    block_list: str | None = None  # "Spamhaus", or the host of a list that is not known by name
    sending_ip: str | None = None  # the address that was refused, IPv4 or IPv6
    retry_after: int | None = None  # seconds
    delist_link: str | None = None  # the page that the reply names to look up or lift the block


# Parts of host names, links and codes -> the name people know the list by. The first match wins.
_BLOCK_LISTS = {
    "spamhaus": "Spamhaus",
    "[bl21]": "Spamhaus",
    "[bl23]": "Spamhaus",
    "spamcop": "SpamCop",
    "barracuda": "Barracuda",
    "sorbs": "SORBS",
    "uceprotect": "UCEPROTECT",
    "backscatterer": "Backscatterer",
    "invaluement": "Invaluement",
    "ivmsip": "Invaluement",
    "abuseat.org": "Spamhaus CBL",
    "abusix": "Abusix",
    "mailspike": "Mailspike",
    "spamrats": "SpamRATS",
    "psbl": "PSBL",
    "0spam": "0Spam",
    "dronebl": "DroneBL",
    "spfbl": "SPFBL",
    "blocklist.de": "blocklist.de",
    "junkemailfilter": "Hostkarma",
    "hostkarma": "Hostkarma",
    "manitu.net": "NiX Spam",
    "nixspam": "NiX Spam",
    "gbudb": "Truncate",
    "lashback": "LashBack",
    "surbl": "SURBL",
    "uribl": "URIBL",
    "senderscore": "Validity Sender Score",
    "returnpath": "Validity Sender Score",
    "cloudmark": "Cloudmark",
    "proofpoint": "Proofpoint",
    "trendmicro": "Trend Micro",
    "mail-abuse.com": "Trend Micro",
    "ers-dul": "Trend Micro",
    "senderbase": "Cisco Talos",
    "talosintelligence": "Cisco Talos",
    "mimecast": "Mimecast",
    "vadesecure": "Vade",
    "vade threat": "Vade",
    "ipremoval.sms.symantec": "Symantec",
    "fortiguard": "FortiGuard",
    "(s3140)": "Microsoft",
    "(s3150)": "Microsoft",
    "sender.office.com": "Microsoft",
    "delist@": "Microsoft",
    "banned sending ip": "Microsoft",
    "attrbl": "AT&T",
    "abuse-att.net": "AT&T",
    "rx.t-online.de": "Deutsche Telekom",
}
_USING = re.compile(
    r"(?:blocked|listed|rejected|refused)\s+(?:using|by|in|at|on)\s+((?:[a-z0-9-]+\.)+[a-z]{2,})", re.I
)

_IP = re.compile(
    r"(?<![\w.:])(?:\d{1,3}(?:\.\d{1,3}){3}|(?=[0-9a-f]*:)[0-9a-f:]{6,45}(?:\.\d{1,3}){0,3})(?![\w:])", re.I
)
# The recipient's server, as Postfix names it; the address in it is not the one that was refused.
_SERVER = re.compile(r"\b(?:host|connect to|conversation with|connection with) \S+\[[0-9a-fA-F.:]+\]")

_WAIT = re.compile(
    r"(?:again|retry|wait|come back|later|delayed|greylisted|graylisted|throttled)\b[^.;\d]{0,36}?"
    r"(\d{1,6})\s*(s|sec|secs|seconds?|m|min|mins|minutes?|h|hours?|hrs?|d|days?)\b",
    re.I,
)
_SECONDS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}

_LINK = re.compile(r"https?://[^\s<>\"'\])]+", re.I)
_ABOUT_A_LIST = re.compile(r"remov|delist|unblock|block|black|listed|lookup|reputation|rbl|query|reset|spam", re.I)


def detail_of(diagnostic: str | None) -> Detail:
    """What a diagnostic names. Never raises; looks at its first 4,000 characters."""
    text = (diagnostic or "")[:4_000]
    lower = text.lower()
    name = next((name for part, name in _BLOCK_LISTS.items() if part in lower), None)
    if name is None and (using := _USING.search(text)):
        name = using[1].lower()
    wait = _WAIT.search(text)
    links = [link.rstrip(".,;:") for link in _LINK.findall(text)]
    about = next((link for link in links if _ABOUT_A_LIST.search(link)), None)
    if about is None and links and (name or _ABOUT_A_LIST.search(lower)):
        about = links[0]
    return Detail(
        block_list=name,
        sending_ip=_refused_ip(_SERVER.sub(" ", text)),
        retry_after=int(wait[1]) * _SECONDS[wait[2][0].lower()] if wait else None,
        delist_link=about,
    )


def _refused_ip(text: str) -> str | None:
    for candidate in _IP.findall(text):
        try:
            return str(ipaddress.ip_address(candidate))
        except ValueError:
            continue  # a version number, a time, "5.7.1.2"
    return None


# Parts of host names and signatures -> who runs the mail. The more specific come first: a gateway before the
# service behind it.
_PROVIDERS = {
    "pphosted.com": "Proofpoint",
    "ppe-hosted.com": "Proofpoint",
    "proofpoint.com": "Proofpoint",
    "mimecast": "Mimecast",
    "barracudanetworks.com": "Barracuda",
    "iphmx.com": "Cisco",
    "messagelabs.com": "Symantec",
    "symanteccloud.com": "Symantec",
    "emailsecurity.symantec": "Symantec",
    "trendmicro": "Trend Micro",
    "fireeyecloud.com": "Trellix",
    "sophos.com": "Sophos",
    "hydra.sophos": "Sophos",
    "mailspamprotection.com": "SiteGround",
    "antispamcloud.com": "SpamExperts",
    "hornetsecurity.com": "Hornetsecurity",
    "mailcontrol.com": "Forcepoint",
    "vadesecure": "Vade",
    "gsmtp": "Google",
    "google.com": "Google",
    "googlemail.com": "Google",
    "gmail": "Google",
    "outlook.com": "Microsoft",
    "hotmail": "Microsoft",
    "office365": "Microsoft",
    "office.com": "Microsoft",
    "microsoft.com": "Microsoft",
    "live.com": "Microsoft",
    "yahoodns.net": "Yahoo",
    "yahooinc.com": "Yahoo",
    "yahoo": "Yahoo",
    "aol.com": "Yahoo",
    "icloud.com": "Apple",
    "apple.com": "Apple",
    "mac.com": "Apple",
    "amazonaws.com": "Amazon WorkMail",
    "awsapps.com": "Amazon WorkMail",
    "zoho": "Zoho",
    "protonmail": "Proton",
    "messagingengine.com": "Fastmail",
    "fastmail": "Fastmail",
    "emailsrvr.com": "Rackspace",
    "secureserver.net": "GoDaddy",
    "comcast.net": "Comcast",
    "charter.net": "Spectrum",
    "spectrum": "Spectrum",
    "cox.net": "Cox",
    "att.net": "AT&T",
    "prodigy.net": "AT&T",
    "earthlink": "EarthLink",
    "orange.fr": "Orange",
    "wanadoo": "Orange",
    "laposte.net": "La Poste",
    "sfr.fr": "SFR",
    "free.fr": "Free",
    "gmx.": "United Internet",
    "web.de": "United Internet",
    "kundenserver.de": "United Internet",
    "ionos": "United Internet",
    "t-online.de": "Deutsche Telekom",
    "freenet.de": "freenet",
    "libero.it": "Italiaonline",
    "virgilio.it": "Italiaonline",
    "iol.local": "Italiaonline",
    "aruba.it": "Aruba",
    "seznam.cz": "Seznam",
    "wp.pl": "Wirtualna Polska",
    "o2.pl": "Wirtualna Polska",
    "onet.pl": "Onet",
    "interia.pl": "Interia",
    "mail.ru": "Mail.ru",
    "yandex": "Yandex",
    "rambler.ru": "Rambler",
    "ukr.net": "ukr.net",
    "qq.com": "Tencent",
    "163.com": "NetEase",
    "126.com": "NetEase",
    "netease.com": "NetEase",
    "aliyun": "Alibaba",
    "sina.com": "Sina",
    "naver.com": "Naver",
    "daum.net": "Kakao",
    "hanmail.net": "Kakao",
    "docomo": "NTT Docomo",
    "ezweb.ne.jp": "KDDI",
    "au.com": "KDDI",
    "softbank": "SoftBank",
    "uol.com.br": "UOL",
    "terra.com": "Terra",
    "bigpond": "Telstra",
    "kpnmail.nl": "KPN",
    "xs4all": "KPN",
    "telenet": "Telenet",
    "bt.com": "BT",
    "facebook.com": "Meta",
}


PROVIDERS = frozenset(_PROVIDERS.values())


def provider_of(
    *, remote_mta: str | None = None, reporting_mta: str | None = None, diagnostic: str | None = None
) -> str | None:
    """Who runs the recipient's mail, in the name people know it by, or None.

    All three as SES reports them (`dns; mx.example`, `dsn; mx.example`, bare). SES's own host as the reporting
    MTA says nothing about the recipient. Hosts take precedence over the words of the diagnostic.
    """
    for evidence in (remote_mta, reporting_mta, diagnostic):
        lower = (evidence or "")[:4_000].lower()
        if lower and "amazonses.com" not in lower:
            for part, name in _PROVIDERS.items():
                if part in lower:
                    return name
    return None
