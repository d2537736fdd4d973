"""A device that fails once is left for good; what was wrong is kept, told and counted."""

from typing import Any

import pytest

from tickpath.core.errors import BackendError
from tickpath.lanes.batches import NO_DEVICE, REASON_CHARS_MAX, Batches, Device


def device(fail_at: int = 10**9, error: Exception | None = None) -> tuple[Device, list[int]]:
    """A device that doubles, until its call `fail_at`."""
    calls: list[int] = []

    def double(value: int) -> int:
        calls.append(value)
        if len(calls) == fail_at:
            raise error or BackendError(
                "8 bytes cannot be had (out of memory): ask tickpath doctor"
            )
        return value * 2

    return Device(function=double, reason="card, 80 GiB", name="gpu"), calls


def test_the_device_runs_while_it_can() -> None:
    found, calls = device()
    batch = Batches("model", lambda value: -value, found)
    assert [batch(k) for k in (1, 2, 3)] == [2, 4, 6]
    assert calls == [1, 2, 3]
    assert batch.figures() == {
        "backend": "gpu",
        "reason": "card, 80 GiB",
        "batches": 3,
        "device_batches": 3,
        "device_errors": 0,
    }


@pytest.mark.parametrize("fail_at", [1, 2, 3])
def test_a_failed_batch_and_all_later_ones_run_on_the_cpu(fail_at: int) -> None:
    told: list[str] = []
    found, calls = device(fail_at)
    batch = Batches("model", lambda value: -value, found, tell=told.append)
    results = [batch(k) for k in (1, 2, 3, 4)]
    assert results == [2, 4, 6, 8][: fail_at - 1] + [-1, -2, -3, -4][fail_at - 1 :]
    assert len(calls) == fail_at
    assert told == [
        "model: gpu -> native: 8 bytes cannot be had (out of memory): ask tickpath doctor"
    ]
    figures = batch.figures()
    assert (figures["backend"], figures["device_errors"]) == ("native", 1)
    assert (figures["batches"], figures["device_batches"]) == (4, fail_at - 1)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (MemoryError(), "MemoryError"),
        (RuntimeError("illegal\naddress"), "illegal address"),
        (ValueError("x" * 999), "x" * REASON_CHARS_MAX),
    ],
)
def test_any_exception_of_a_device_is_its_end(error: Exception, words: str) -> None:
    batch = Batches("risk", lambda value: value, device(1, error)[0])
    assert batch(5) == 5
    assert batch.reason == words


def test_what_the_cpu_raises_goes_through() -> None:
    def broken(value: int) -> Any:
        raise ZeroDivisionError

    batch = Batches("model", broken)
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            batch(1)
    assert batch.figures()["device_errors"] == 0


def test_a_device_that_is_not_there_is_told_at_the_start() -> None:
    told: list[str] = []
    none = Device(function=None, reason="no NVIDIA driver: install one")
    batch = Batches("model", abs, none, tell=told.append)
    assert told == ["model: gpu -> native: no NVIDIA driver: install one"]
    assert (batch(-3), batch.backend) == (3, "native")
    assert Batches("model", abs, NO_DEVICE, tell=told.append).backend == "native"
    assert len(told) == 1, "nobody asked for one"
