"""Models are kept for good, and one of each name is in use whatever happens in between."""

import contextlib
import os

import pytest

from tickpath.core.errors import ConfigError, DataError
from tickpath.ml import registry as module
from tickpath.ml.registry import Registry, hash_of


@pytest.fixture
def models(tmp_path):
    return Registry(tmp_path / "models")


def kept(models, *texts):
    return [models.keep("m", text.encode(), {"text": text}) for text in texts]


def test_keeping_changes_nothing_in_use(models):
    a, b = kept(models, "one", "two")
    assert a == hash_of(b"one")
    assert models.current("m") is None
    assert [(m.hash, m.in_use, m.sound, m.card) for m in models.models("m")] == [
        (a, False, True, {"text": "one"}),
        (b, False, True, {"text": "two"}),
    ]
    assert models.names() == ["m"]
    stamp = (models.root / "m" / f"{a}.onnx").stat().st_mtime_ns
    assert kept(models, "one") == [a]
    assert (models.root / "m" / f"{a}.onnx").stat().st_mtime_ns == stamp
    assert not [p for p in (models.root / "m").iterdir() if p.name.startswith(".")]


def test_use_and_rollback(models):
    a, b, c = kept(models, "one", "two", "three")
    link = models.root / "m" / "current.onnx"
    for found in (a, b, b, c):
        assert models.use("m", found[:6]) == found
        assert link.read_bytes() == (models.root / "m" / f"{found}.onnx").read_bytes()
    assert models.history("m") == [a, b, c]
    assert models.rollback("m") == b
    assert models.rollback("m") == a
    assert link.read_bytes() == b"one"
    with pytest.raises(ConfigError, match="nothing was in use before"):
        models.rollback("m")
    models.use("m", c)
    assert models.rollback("m") == a


@pytest.mark.parametrize("step", range(3))
@pytest.mark.parametrize("verb", ["use", "rollback"])
def test_a_crash_leaves_a_whole_model_and_the_way_back(models, monkeypatch, verb, step):
    a, b, c = kept(models, "one", "two", "three")
    models.use("m", a)
    models.use("m", b)
    real, calls = os.replace, []

    def dies(source, target):
        if len(calls) == step:
            raise KeyboardInterrupt
        calls.append(target)
        real(source, target)

    monkeypatch.setattr(module.os, "replace", dies)
    with contextlib.suppress(KeyboardInterrupt):
        _ = models.use("m", c) if verb == "use" else models.rollback("m")
    monkeypatch.setattr(module.os, "replace", real)
    before = models.current("m")
    assert before in ((b, c) if verb == "use" else (a, b))
    assert (models.root / "m" / "current.onnx").read_bytes() in (b"one", b"two", b"three")
    if before != a:
        assert models.rollback("m") == {c: b, b: a}[before]


def test_damage_is_seen_and_not_used(models):
    (a,) = kept(models, "one")
    (models.root / "m" / f"{a}.onnx").write_bytes(b"won")
    assert not models.models("m")[0].sound
    with pytest.raises(DataError, match="not those of its name"):
        models.use("m", a)
    with pytest.raises(DataError, match="there with other bytes"):
        kept(models, "one")


def test_mistakes_are_named(models):
    a, b = kept(models, "one", "two")
    for name in ("", "../m", "a/b", ".m", "x" * 65):
        with pytest.raises(ConfigError, match="model name"):
            models.keep(name, b"", {})
    with pytest.raises(ConfigError, match=r"no model 'n' in .*: there are m"):
        models.models("n")
    with pytest.raises(ConfigError, match=f"0 models begin with 'zz': there are {a}, {b}"):
        models.one("m", "zz")
    with pytest.raises(ConfigError, match="0 models begin with ''"):
        models.one("m", "")
