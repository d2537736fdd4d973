"""The generated reference pages are what the code declares."""

from pathlib import Path

import pytest

from tickpath.cli.pages import PAGES
from tickpath.hot.features.catalogue import stems
from tickpath.hot.risk.reference import check_order

REFERENCE = Path(__file__).resolve().parents[2] / "docs/reference"


@pytest.mark.parametrize("name", PAGES)
def test_the_page_is_up_to_date(name: str) -> None:
    assert (REFERENCE / name).read_text() == PAGES[name](), "run make docs"


def test_every_stem_has_its_row() -> None:
    for stem in stems():
        assert f"## `{stem}`" in PAGES["indicators.md"]()
    for stem in check_order():
        assert f"| `{stem}` |" in PAGES["risk-checks.md"]()
