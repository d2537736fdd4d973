"""The folder is the list: two files an indicator, nothing else names one."""

import re
from pathlib import Path

import pytest

import tickpath.hot.features
from tickpath.core.config import FeatureSpec
from tickpath.core.errors import BackendError, ConfigError
from tickpath.hot.features import catalogue, native
from tickpath.hot.features.sources import FEEDS
from tickpath.hot.features.spec import Column

STAGE = Path(tickpath.hot.features.__file__).parent


def test_each_indicator_is_a_pair_of_files():
    python = {p.stem for p in (STAGE / "indicators").glob("*.py")} - {"__init__"}
    cython = {p.stem for p in (STAGE / "indicators").glob("*.pxd")}
    assert python == cython == set(catalogue.stems())


def test_the_compiled_table_is_the_folder():
    assert catalogue.stems() == native.STEMS


def test_no_other_source_file_names_an_indicator():
    """Adding one touches only its two files: the stage's own files know none of them."""
    stems = "|".join(catalogue.stems())
    names = re.compile(rf"""["']({stems})["']|\b({stems})_(?:step|batch|blocks)\b""")
    others = [p for p in STAGE.glob("*") if p.suffix in (".py", ".pxd", ".pyx", ".pyi")]
    named = {p.name: names.findall(p.read_text()) for p in others}
    inputs = {"spread", "last"}  # also words of windows
    named.pop("series.py")  # three bands in one pass
    found = {name: {a or b for a, b in hits} - inputs for name, hits in named.items()}
    assert {name: hits for name, hits in found.items() if hits} == {}


@pytest.mark.parametrize("stem", catalogue.stems())
def test_facts_are_complete(stem):
    facts = catalogue.indicator(stem)
    assert facts.title
    assert facts.formula
    assert facts.origin
    assert facts.units
    assert bool(facts.sources) == (facts.inputs in FEEDS)
    assert 1 <= facts.period[0] <= facts.period[1]
    spec = FeatureSpec(
        name="x",
        indicator=stem,
        source=facts.sources[0].name.lower() if facts.sources else "mid",
        period=facts.period[0],
    )
    if not facts.sources:
        with pytest.raises(ConfigError, match="no column"):
            catalogue.parts_of([spec])
        return
    (part,) = catalogue.parts_of([spec])
    column = part.column()
    assert isinstance(column, Column)
    assert len(column.floats) <= 12
    assert len(column.p) <= 8
    assert len(column.windows) <= 6
    for window in column.windows:
        assert len(window.names) <= 14
        assert window.capacity >= 1
        assert window.sound()
    for name in column.floats:
        assert getattr(column, name) == 0.0


def test_an_indicator_that_is_not_compiled_is_refused(monkeypatch):
    monkeypatch.setattr(native, "STEMS", tuple(s for s in native.STEMS if s != "ema"))
    with pytest.raises(BackendError, match="make build"):
        native.Features([FeatureSpec(name="x", indicator="ema")])


def test_names_of_columns_do_not_change_the_fingerprint():
    def mark(name, period):
        specs = [FeatureSpec(name=name, indicator="ema", period=period)]
        return catalogue.fingerprint(catalogue.parts_of(specs))

    assert mark("a", 3) == mark("b", 3)
    assert mark("a", 3) != mark("a", 4)
