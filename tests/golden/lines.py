"""What a step did, as two lines: DATA that machines read, and WORDS that people read.

In DATA, the mark `TEXT` stands where a text for people was, and `SAME` before the names of those values that are as
the event's row has them: so each fact stands there once, and it is seen who says otherwise.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from email import message_from_bytes, policy
from html.parser import HTMLParser
from typing import Any

TEXT, SAME = "(text)", "(as the row)"
_LONGEST = 1_500
_EMF = "1795168800000 SESFeedback service=ses-feedback"
_OF_THE_CLOCK = ("timestamp", "location", "cold_start", "xray_trace_id", "exception", "exception_name", "stack_trace")
_OF_THE_FUNCTION = ("service", "function_name", "function_memory_size", "function_arn", "function_request_id")
_TEXTS = ("message", "cause", "why", "meaning", "next")


def split(row: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """A JSON object as data, with its texts marked, and the texts; those of the objects that it lists as well."""
    data, words = dict(row), dict[str, Any]()
    for name, value in row.items():
        if name in _TEXTS and isinstance(value, str):
            data[name], words[name] = TEXT, value
        elif isinstance(value, list) and value and all(isinstance(part, dict) for part in value):
            parts = [split(part) for part in value]
            data[name] = [part for part, _ in parts]
            if texts := [text for _, text in parts if text]:
                words[name] = texts
    return data, words


def against(row: Mapping[str, Any], told: Mapping[str, Any]) -> dict[str, Any]:
    """What is told of an event: in full what its row says otherwise, by its names alone what it says as well."""
    same = sorted(name for name, value in told.items() if row.get(name) == value)
    return {name: value for name, value in told.items() if name not in same} | {SAME: " ".join(same)}


def item_line(item: Mapping[str, Any]) -> dict[str, Any]:
    """An item of DynamoDB; texts without their type, which the others keep."""
    return {name: value.get("S", value) for name, value in item.items()}


def log_line(line: Mapping[str, Any]) -> dict[str, Any]:
    """Without what depends on the code's place; names of classes and tracebacks are nobody's contract."""
    return {name: value for name, value in line.items() if name not in _OF_THE_CLOCK + _OF_THE_FUNCTION}


def metric_line(line: Mapping[str, Any]) -> str:
    """A line of EMF in one text: `team=qa: bounces Count [1.0]`, behind what it says otherwise than `_EMF`."""
    about, [directive] = line["_aws"], line["_aws"]["CloudWatchMetrics"]
    [names] = directive["Dimensions"]
    where = " ".join(f"{name}={line[name]}" for name in names)
    metrics = ", ".join(f"{one['Name']} {one['Unit']} {line[one['Name']]}" for one in directive["Metrics"])
    return f"{about['Timestamp']} {directive['Namespace']} {where}: {metrics}".removeprefix(_EMF)


def mail_lines(params: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """A mail as SES was asked to send it; of what is read, the text, the page's digest and what it says besides."""
    mail = message_from_bytes(params["Content"]["Raw"]["Data"], policy=policy.default)
    headers = {name: str(value) for name, value in mail.items() if name != "Subject"}
    headers["Content-Type"] = mail.get_content_type()  # without its boundary, which is random
    parts = {part.get_content_type(): part for part in mail.walk() if not part.is_multipart()}
    kinds = [f"{kind} {part['Content-Transfer-Encoding']}" for kind, part in parts.items()]
    data = {"from": params["FromEmailAddress"], "to": params["Destination"], "headers": headers, "parts": kinds}
    plain, html = (str(parts[kind].get_content()) for kind in ("text/plain", "text/html"))
    seen = [text for text in _visible(html) if text not in plain]
    page = {"sha256": hashlib.sha256(html.encode()).hexdigest(), "besides": seen}
    head = {"to": params["Destination"]["ToAddresses"], "subject": mail["Subject"]}
    return data, head | {"text": plain.splitlines(), "html": page}


def answer_lines(answer: Any) -> tuple[Any, Any]:
    """A handler's answer; an HTTP answer's body is a text in JSON, and what a handler raised is one."""
    if isinstance(answer, dict) and "statusCode" in answer:
        return answer | {"body": dict.fromkeys(json.loads(answer["body"]), TEXT)}, json.loads(answer["body"])
    if isinstance(answer, dict) and "raised" in answer:
        return {"raised": TEXT}, answer
    return answer, {}


def letter_lines(letter: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """A dead letter, and why it is one."""
    cause = letter["attributes"].get("Cause")
    attributes = letter["attributes"] | ({"Cause": TEXT} if cause is not None else {})
    return {"body": letter["body"], "attributes": attributes}, {"cause": cause}


def command_lines(result: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What a command printed as JSON, with its texts marked, and what it said beside it."""
    rows = [split(json.loads(line)) for line in result["out"]]
    data = {"exit": result["exit"], "rows": [row for row, _ in rows], "errors": len(result["err"])}
    return data, {"err": result["err"], "texts": [texts for _, texts in rows if texts]}


def short(value: Any) -> Any:
    """The same with long texts cut, their size and digest behind them."""
    if isinstance(value, str) and len(value) > _LONGEST:
        digest = hashlib.sha256(value.encode(errors="surrogatepass")).hexdigest()
        return f"{value[:200]}… {len(value)} characters, sha256 {digest}"
    if isinstance(value, dict):
        return {name: short(part) for name, part in value.items()}
    if isinstance(value, list):
        return [short(part) for part in value]
    return value


def to_text(lines: Iterable[Mapping[str, Any]]) -> str:
    """JSON Lines; names sorted, so that a diff shows what differs; what does not print is escaped."""
    rows = (json.dumps(short(line), sort_keys=True, ensure_ascii=False, separators=(",", ":")) for line in lines)
    return "".join("".join(c if c.isprintable() else json.dumps(c)[1:-1] for c in row) + "\n" for row in rows)


def _visible(html: str) -> list[str]:
    """The texts of a page, in order; its digest stands for the tags."""
    page = _Page()
    page.feed(html)
    page.close()
    return page.seen


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []

    def handle_data(self, data: str) -> None:
        if text := " ".join(data.split()):
            self.seen.append(text)
