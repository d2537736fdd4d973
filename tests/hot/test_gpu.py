"""Stages with batches on a GPU: the same bits there, and the CPU from the first failure on."""

import ctypes
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from twin_port import FAULTS, TwinPort

from tickpath.core.backend import Backend, probe
from tickpath.core.errors import DataError
from tickpath.devices.gpu import parts
from tickpath.devices.gpu.batch import Window
from tickpath.devices.gpu.opened import Opened
from tickpath.devices.gpu.selftest import bank_bytes
from tickpath.hot.features import gpu as features
from tickpath.hot.risk import gpu as risk
from tickpath.hot.risk.portfolio.monte_carlo import simulate
from tickpath.hot.strategy import gpu as strategy
from tickpath.lanes.batches import Batches

WINDOWS = [Window(3), Window(9)]


def prices() -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(1)
    return random.normal(100, 1, (20, 5)), random.uniform(1, 2, (4, 5))


def book() -> tuple[Any, ...]:
    """Arguments of `simulate` for three assets, one inverse."""
    random = np.random.default_rng(2)
    half = random.normal(size=(3, 3)) * 1e-3
    inverse = np.array([False, True, False])
    return half @ half.T, random.normal(0, 1e4, 3), inverse, 990_000, 1, 2000, (5, 9)


def opened(port: TwinPort) -> Opened:
    return Opened(port=port, reason="card")


def made(stage: str, port: TwinPort, told: list[str] | None = None) -> tuple[Batches, Any]:
    """A stage's batches on a device, and arguments for them."""
    tell = [].append if told is None else told.append
    if stage == "features":
        return features.rows(opened(port), tell=tell), (*prices(), WINDOWS)
    if stage == "strategy":
        random = np.random.default_rng(3)
        table = bank_bytes(random, (4, 3, 2), 5)
        return strategy.bank(opened(port), tell=tell), (table, random.normal(size=(3, 50)))
    return Batches("risk", simulate, risk.device(opened(port)), tell=tell), book()


def bits(found: Any) -> Any:
    if isinstance(found, tuple):
        return [part.tobytes() for part in found]
    return found.tobytes() if isinstance(found, np.ndarray) else found


STAGES = pytest.mark.parametrize("stage", ["features", "strategy", "risk"])


@STAGES
def test_the_same_bits_with_a_device_and_without(stage: str) -> None:
    port = TwinPort()
    batch, given = made(stage, port)
    found = batch(*given)
    assert port.calls.count("launch") == 1
    assert bits(found) == bits(batch.cpu(*given))
    assert (batch.backend, batch.device_batches, batch.reason) == ("gpu", 1, "card")


@pytest.mark.parametrize("part_bytes", [parts.PART_BYTES, 600], ids=["whole", "in parts"])
@STAGES
def test_a_fault_at_any_call_ends_in_the_answer_of_the_cpu(
    stage: str, part_bytes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No row is lost, also where some parts of the batch were answered before the fault."""
    monkeypatch.setattr(parts, "PART_BYTES", part_bytes)
    whole = TwinPort()
    batch, given = made(stage, whole)
    begins = [0]
    for _ in range(3):
        expected = bits(batch(*given))
        begins.append(len(whole.calls))
    assert begins[1] >= 6
    for fail_at in range(begins[-1]):
        good = sum(fail_at >= begin for begin in begins[1:])
        port, told = TwinPort(fail_at), list[str]()
        batch, given = made(stage, port, told)
        for _ in range(good + 2):
            assert bits(batch(*given)) == expected
        verb = whole.calls[fail_at]
        assert told == [f"{stage}: gpu -> native: {FAULTS[verb]}"]
        assert port.calls[fail_at + 1 :] in ([], ["sync"]), "only waited for"
        figures = batch.figures()
        assert (figures["backend"], figures["device_errors"]) == ("native", 1)
        assert (figures["device_batches"], figures["batches"]) == (good, good + 2)


def test_a_batch_that_is_wrong_itself_does_not_cost_the_device() -> None:
    told: list[str] = []
    batch, given = made("risk", TwinPort(), told)
    with pytest.raises(DataError, match="not finite"):
        batch(given[0], given[1] * np.nan, *given[2:])
    assert (batch.backend, told) == ("gpu", [])
    assert batch(*given) == simulate(*given)


PROBES: list[Callable[[], Any]] = [features.probe, risk.probe, strategy.probe]


@pytest.mark.parametrize("ask", PROBES)
def test_a_probe_says_what_the_device_says(ask: Callable[[], Any]) -> None:
    answer = ask()
    if answer.ok:
        pytest.skip("there is a GPU")
    assert answer.reason.startswith(("no NVIDIA driver", "the driver", "CuPy"))
    assert answer == probe(ask.__module__.split(".")[2], Backend.GPU)


def test_without_a_device_the_reason_is_told() -> None:
    try:
        ctypes.CDLL("libcuda.so.1")
        pytest.skip("there is a driver")
    except OSError:
        told: list[str] = []
        batch = features.rows(tell=told.append)
        assert bits(batch(*prices(), WINDOWS)) == bits(batch.cpu(*prices(), WINDOWS))
        assert told[0].startswith("features: gpu -> native: no NVIDIA driver")
