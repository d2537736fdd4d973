"""What the importers' tests share: jobs, corpus files, and other people's formats made here."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tickpath.core.ticks import Ticks, joined
from tickpath.storage.importers.base import Job
from tickpath.storage.importers.find import read_ticks

CORPUS = Path(__file__).resolve().parents[2] / "corpus/import"
USDM = Job(
    venue="binance-usdm", symbol="BTCUSDT", tick_size=Decimal("0.1"), lot_size=Decimal("0.001")
)
SPOT = Job(
    venue="binance-spot",
    symbol="BTCUSDT",
    tick_size=Decimal("0.01"),
    lot_size=Decimal("0.00001"),
)
STOCK = Job(
    venue="nasdaq",
    symbol="XYZ",
    tick_size=Decimal("0.01"),
    lot_size=Decimal(1),
    day=date(2020, 1, 2),
)
BASES = {"usdm": USDM, "spot": SPOT, "stock": STOCK}


@pytest.fixture
def corpus() -> Path:
    return CORPUS


@pytest.fixture
def job() -> Callable[..., Job]:
    """`job("usdm", symbol=...)`: a fresh job of a base with changes."""

    def made(base: str = "usdm", **changes: Any) -> Job:
        return replace(BASES[base], **{"passed": type(USDM.passed)(), "notes": [], **changes})

    return made


@pytest.fixture
def whole() -> Callable[..., Ticks]:
    """All rows of a file as one."""

    def read(path: Path, job: Job, name: str | None = None) -> Ticks:
        return joined(list(read_ticks(path, job, name)))

    return read


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files are read in pieces of a few rows."""
    monkeypatch.setattr("tickpath.storage.importers.sources.BLOCK_BYTES", 256)
    monkeypatch.setattr("tickpath.storage.importers.sources.PIECE_BYTES", 100)
