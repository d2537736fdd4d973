"""Backends are found, refused with a reason, or replaced by the reference."""

import sys
from types import ModuleType

import pytest

from tickpath.core import backend
from tickpath.core.backend import Available, Backend, choose, load, probe
from tickpath.core.errors import BackendError


def offer(monkeypatch: pytest.MonkeyPatch, name: str, answer: Available | Exception) -> ModuleType:
    """Pretend that `tickpath.hot.<name>` exists."""
    full = f"tickpath.hot.{name}"
    module = ModuleType(full)
    module.probe = lambda: answer  # type: ignore[attr-defined]
    known = backend.find_spec
    monkeypatch.setattr(backend, "find_spec", lambda n: object() if n == full else known(n))
    if isinstance(answer, Exception):

        def fail(wanted: str) -> ModuleType:
            raise answer

        monkeypatch.setattr(backend, "import_module", fail)
    else:
        monkeypatch.setitem(sys.modules, full, module)
    return module


def test_what_is_not_there_is_not_offered() -> None:
    assert probe("book", Backend.FPGA) == Available(ok=False, reason="not offered")
    with pytest.raises(BackendError, match="backend fpga of stage book: not offered"):
        load("book", Backend.FPGA)
    with pytest.raises(BackendError):
        choose("book", Backend.FPGA)


def test_what_cannot_be_imported_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    offer(monkeypatch, "book.gpu", ImportError("no library"))
    answer = probe("book", Backend.GPU)
    assert not answer.ok
    assert "no library" in answer.reason
    assert "make build" in answer.reason


def test_a_probe_can_refuse(monkeypatch: pytest.MonkeyPatch) -> None:
    offer(monkeypatch, "book.gpu", Available(ok=False, reason="no device"))
    with pytest.raises(BackendError, match="no device"):
        load("book", Backend.GPU)


def test_a_forced_backend_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    module = offer(monkeypatch, "book.gpu", Available(ok=True, reason="here"))
    assert load("book", Backend.GPU) is module
    assert choose("book", Backend.GPU) is Backend.GPU


@pytest.mark.parametrize(("ok", "wanted"), [(True, "native"), (False, "reference")])
def test_native_first_then_the_reference(
    monkeypatch: pytest.MonkeyPatch, ok: bool, wanted: str
) -> None:
    offer(monkeypatch, "book.native", Available(ok=ok, reason="said so"))
    assert choose("book", None) == wanted
