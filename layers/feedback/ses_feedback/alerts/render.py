"""The templates of alert mails, and their filters for text: breaking lines, and keeping links from forming."""

import re
import textwrap
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup


def render(name: str, **values: Any) -> str:
    """`alert.txt.j2` or `alert.html.j2`, filled in."""
    return _RENDER[name](**values)


def _unlinked(text: str) -> Markup:
    """Escaped, with points where the line may break; they also keep mail programs from detecting a link."""
    return Markup("<wbr>").join(_SPOTS.split(text))


def _filled(text: str, indent: int = 0, first: str = "") -> str:
    """Wrapped at 78 columns, the lines after the first indented."""
    return textwrap.fill(text, 78, initial_indent=first, subsequent_indent=" " * indent, break_on_hyphens=False)


_SPOTS = re.compile(r"(?<=[.@/])(?=\w)")

_templates = Environment(
    loader=FileSystemLoader(Path(__file__).with_name("templates")),
    autoescape=select_autoescape(("html.j2",)),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)
_templates.filters |= {"unlinked": _unlinked, "filled": _filled}
_RENDER = {name: _templates.get_template(name).render for name in ("alert.txt.j2", "alert.html.j2")}
