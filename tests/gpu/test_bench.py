"""The benchmark of batches, with the shim as its device: columns, crossover, plots, exit codes."""

import importlib
import math
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from emu_port import EmuPort

from tickpath.core.backend import Available
from tickpath.devices.gpu.probe import Device, Found

FOLDER = Path(__file__).resolve().parents[2] / "benchmarks/devices"
NO = Found(available=Available(ok=False, reason="no driver here"))
YES = Found(
    available=Available(ok=True, reason="Test 1"),
    device=Device(name="Test 1", capability=(9, 0), memory_bytes=2**33),
)


@pytest.fixture(scope="module")
def bench() -> Any:
    """The benchmark as a module, with works of small sizes."""
    sys.path.insert(0, str(FOLDER))
    found: Any = importlib.import_module("bench_gpu")
    small = {"bank 64 x 32 x 0": (3, 40), "correlations with 8 others, 256 times": (2, 9)}
    small |= {"Monte Carlo value at risk, 16 assets": (3, 200)}
    small |= {"Monte Carlo profits, 4 assets": (5, 300), "covariance over 256 intervals": (2, 5)}
    found.WORKS = [
        found.Work(name=w.name, items=w.items, sizes=small[w.name], batch=w.batch)
        for w in found.WORKS
        if w.name in small
    ]
    assert len(found.WORKS) == len(small)
    found.first_probe = lambda: 0.001
    found.ROUNDS = 1
    yield found
    sys.path.remove(str(FOLDER))


@pytest.fixture
def port(shim: Path) -> EmuPort:
    return EmuPort(shim)


def test_without_a_device_it_says_what_is_missing(
    bench: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(bench, "look", lambda: NO)
    assert bench.main(["--plot", str(tmp_path / "p.html"), "--cores", "2"]) == 0
    said = capsys.readouterr().out
    assert "pays from: not yet measured on a GPU (no driver here)" in said
    assert "CPU, 2 cores" in said
    assert "GPU with" not in said
    text = (tmp_path / "p.html").read_text()
    assert text.count("<svg") == len(bench.WORKS)
    assert "not yet measured on a GPU" in text


def one_second(call: Callable[[], object]) -> float:
    """Runs it; no clock, so that nothing pays from anywhere."""
    call()
    return 1.0


def test_with_a_device_it_has_both_columns_and_the_crossover(
    bench: Any, port: EmuPort, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(bench, "look", lambda: YES)
    monkeypatch.setattr(bench, "device_port", lambda found: port)
    monkeypatch.setattr(bench, "self_test", lambda port: Available(ok=True, reason=""))
    monkeypatch.setattr(bench, "least", one_second)
    assert bench.main(["--cores", "1"]) == 0
    said = capsys.readouterr().out
    assert said.count("GPU with copies  GPU without copies") == len(bench.WORKS)
    assert "GPU without copies against CPU, 1 core" in said
    assert said.count("never here") == 2 * len(bench.WORKS) - 1
    (line,) = (line for line in said.splitlines() if re.search(r"never here +-$", line))
    assert line.startswith("Monte Carlo value at risk, 16 assets")


def test_a_device_that_differs_is_not_timed(
    bench: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(bench, "look", lambda: YES)
    monkeypatch.setattr(bench, "device_port", lambda found: None)
    assert bench.main(["--only", "nothing of that name"]) == 2
    monkeypatch.setattr(bench, "device_port", lambda found: object())
    monkeypatch.setattr(bench, "self_test", lambda port: Available(ok=False, reason="differs"))
    assert bench.main([]) == 1
    assert "GPU: differs" in capsys.readouterr().out


def test_the_resident_port_copies_once_and_gives_the_same(bench: Any, port: EmuPort) -> None:
    resident = bench.ResidentPort(port)
    batch = bench.WORKS[1].batch(40)
    uploads = []
    monkey = port.upload
    port.upload = lambda array: uploads.append(1) or monkey(array)  # type: ignore[method-assign]
    for _ in range(3):
        resident.again()
        assert batch.whole(resident).tobytes() == batch.whole(None).tobytes()
    port.upload = monkey  # type: ignore[method-assign]
    assert len(uploads) == 3


def test_parts_are_the_whole(bench: Any) -> None:
    for work in bench.WORKS:
        batch = work.batch(9)
        if batch.parts is None:
            continue
        parts, whole = [part() for part in batch.parts(2)], batch.whole(None)
        if work.items == "rows":
            parts, whole = [part.votes for part in parts], whole.votes
        assert len(parts) == 2
        np.testing.assert_array_equal(np.concatenate(parts, axis=-1), whole)


@pytest.mark.parametrize(
    ("cpu", "gpu", "want"),
    [
        ([1.0, 10.0, 100.0], [20.0, 20.0, 20.0], 20),
        ([1.0, 10.0, 100.0], [0.5, 5.0, 50.0], 1),
        ([1.0, 10.0, 100.0], [2.0, 20.0, 200.0], None),
        ([1.0, 10.0, 100.0], [0.5, 20.0, 20.0], 20),
        ([math.nan, 10.0, 100.0], [1.0, 1.0, 1.0], None),
    ],
)
def test_crossover(bench: Any, cpu: list[float], gpu: list[float], want: int | None) -> None:
    report: Any = importlib.import_module("gpu_report")
    assert report.crossover([1, 10, 100], cpu, gpu) == want
