"""Every link of a page to a file or a heading of the project leads somewhere."""

from pathlib import Path
from urllib.parse import unquote

import pytest

from tests.docs.pages import anchors, links, pages
from tests.samples import ROOT

LARGEST_PICTURE = 200_000


def broken(page: Path) -> list[str]:
    """The links of the page that lead nowhere. Addresses elsewhere are not asked."""
    found = []
    for link in links(page):
        path, _, anchor = link.partition("#")
        if ":" in path:
            continue
        target = page.parent / unquote(path) if path else page
        if not target.exists() or (anchor and (target.suffix != ".md" or unquote(anchor) not in anchors(target))):
            found.append(link)
    return found


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_to_a_file_or_heading_leads_there(page: Path) -> None:
    assert broken(page) == []


@pytest.mark.parametrize(
    "wrong",
    ["[a](other.md)", "[a](#no-such-heading)", "[a](page.md#two)", "![a](images/a.png)", '<img src="a.png">']
    + ["[a][b]\n\n[b]: nowhere.md", "| a |\n|---|\n| [a](gone.md) |", "[a](page.md#L3)"],
)
def test_a_wrong_link_is_found(wrong: str, tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"# One\n\n[fine](#one) [fine](page.md#one) [elsewhere](https://example.com/#x)\n\n{wrong}\n")
    assert len(broken(page)) == 1


def test_anchors_are_those_that_github_makes(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# `[teams.<name>]` & *more*\n## SES's own: list, 1.5\n## Über_uns\n## Twice\n## Twice\n")
    expected = {"teamsname--more", "sess-own-list-15", "über_uns", "twice", "twice-1"}
    assert anchors(page) == expected


def test_a_word_about_every_page_of_docs_is_in_the_index() -> None:
    named = {(ROOT / "docs" / link.partition("#")[0]).resolve() for link in links(ROOT / "docs" / "index.md")}
    assert [
        page for page in sorted((ROOT / "docs").glob("*.md")) if page.name != "index.md" and page not in named
    ] == []


def test_pictures_are_small() -> None:
    pictures = list((ROOT / "docs" / "images").glob("*.png"))
    assert pictures
    assert [picture.name for picture in pictures if picture.stat().st_size > LARGEST_PICTURE] == []
