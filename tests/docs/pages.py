"""The project's Markdown as GitHub shows it: links, anchors, blocks of commands and tables."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

from tests.samples import ROOT

_NOT_OURS = re.compile(r"\.git|\.venv.*|\.aws-sam|\..*_cache|build|node_modules|.*\.egg-info")
_MARKDOWN = MarkdownIt("commonmark").enable("table")
_IN_HTML = re.compile(r"""(?:href|src)=["']([^"']+)["']""")
_NAMED_IN_HTML = re.compile(r"""<a\s+(?:id|name)=["']([^"']+)["']""")
_MARKER = re.compile(r"<!-- (not run|runs in): (.+?) -->")


def pages() -> list[Path]:
    """Every Markdown file of the project."""
    found = []
    for folder, folders, files in ROOT.walk():
        folders[:] = [name for name in folders if not _NOT_OURS.fullmatch(name)]
        found += [folder / name for name in files if name.endswith(".md")]
    return sorted(found)


def links(page: Path) -> list[str]:
    """Where its links and pictures point, in order."""
    found = []
    for token in _all(_tokens(page)):
        if token.type == "link_open":
            found.append(str(token.attrs["href"]))
        elif token.type == "image":
            found.append(str(token.attrs["src"]))
        elif token.type in ("html_block", "html_inline"):
            found += _IN_HTML.findall(token.content)
    return found


def anchors(page: Path) -> set[str]:
    """What may stand behind the `#` of a link to it: https://docs.github.com/get-started/writing-on-github."""
    found, seen = set[str](), Counter[str]()
    tokens = _tokens(page)
    for opening, heading in pairwise(tokens):
        if opening.type == "heading_open":
            shown = "".join(
                child.content for child in heading.children or [] if child.type in ("text", "code_inline")
            )
            slug = re.sub(r"[^\w\- ]", "", shown.lower()).replace(" ", "-")
            found.add(f"{slug}-{seen[slug]}" if seen[slug] else slug)
            seen[slug] += 1
    return found | {name for token in _all(tokens) for name in _NAMED_IN_HTML.findall(token.content)}


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block. `marker` is `("not run", reason)` or `("runs in", file)`, from the comment above it."""

    page: Path
    line: int
    language: str
    text: str
    marker: tuple[str, str] | None

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"


def blocks(page: Path, *languages: str) -> list[Block]:
    """The fenced blocks in one of the languages."""
    found = []
    before = ""
    for token in _tokens(page):
        if token.type == "fence" and token.info in languages:
            marker = _MARKER.fullmatch(before.strip())
            kind = (marker[1], marker[2]) if marker else None
            found.append(Block(page, (token.map or [0])[0] + 1, token.info, token.content, kind))
        before = token.content if token.type == "html_block" else ""
    return found


def tables(page: Path) -> Iterator[list[list[str]]]:
    """Its tables as rows of cells, the head first."""
    rows = list[list[str]]()
    for token, after in pairwise(_tokens(page)):
        if token.type == "table_open":
            rows = []
        elif token.type == "tr_open":
            rows.append([])
        elif token.type in ("th_open", "td_open"):
            rows[-1].append(after.content)
        elif token.type == "tbody_close":
            yield rows


@cache
def _tokens(page: Path) -> list[Token]:
    return _MARKDOWN.parse(page.read_text(encoding="utf-8"))


def _all(tokens: list[Token]) -> Iterator[Token]:
    for token in tokens:
        yield token
        yield from _all(token.children or [])
