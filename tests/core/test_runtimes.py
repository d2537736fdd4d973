"""Two packages of ONNX Runtime in one folder are refused with what to do."""

import sys

import pytest

from tickpath.core import runtimes
from tickpath.core.errors import ConfigError
from tickpath.storage.extras import need


def distributions(folder, names):
    """Installed packages as pip leaves them, in front of everything else."""
    for name, version in names.items():
        place = folder / f"{name.replace('-', '_')}-{version}.dist-info"
        place.mkdir(parents=True)
        text = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
        (place / "METADATA").write_text(text)
    return str(folder)


@pytest.fixture
def alone(monkeypatch):
    """No package but those of the test."""

    def path(folder):
        monkeypatch.setattr(sys, "path", [folder])

    return path


def test_both_packages_are_refused(tmp_path, alone):
    alone(distributions(tmp_path, {"onnxruntime": "1.32.0", "onnxruntime-gpu": "1.31.1"}))
    said = runtimes.collision()
    assert said.startswith("onnxruntime 1.32.0 and onnxruntime-gpu 1.31.1 are both installed")
    assert "pip uninstall onnxruntime onnxruntime-gpu, then install one of them" in said
    assert runtimes.library() == (None, said)
    with pytest.raises(ConfigError, match="both installed"):
        runtimes.refuse_collision()


def test_training_refuses_both_too(tmp_path, alone):
    alone(distributions(tmp_path, {"onnxruntime": "1.32.0", "onnxruntime-gpu": "1.31.1"}))
    with pytest.raises(ConfigError, match="both installed"):
        need("onnxruntime")


@pytest.mark.parametrize("name", ["onnxruntime", "onnxruntime-gpu"])
def test_one_package_is_no_collision(tmp_path, alone, name):
    alone(distributions(tmp_path, {name: "1.32.0"}))
    assert runtimes.collision() == ""
    runtimes.refuse_collision()


def test_the_library_is_looked_for_in_the_package(tmp_path, alone, monkeypatch):
    monkeypatch.delitem(sys.modules, "onnxruntime", raising=False)
    alone(str(tmp_path))
    assert runtimes.library() == (None, runtimes.INSTALL)
    capi = tmp_path / "onnxruntime/capi"
    capi.mkdir(parents=True)
    (tmp_path / "onnxruntime/__init__.py").write_text("raise RuntimeError('must not be imported')")
    path, said = runtimes.library()
    assert path is None
    assert "has no shared library" in said
    name = "libonnxruntime.1.dylib" if sys.platform == "darwin" else "libonnxruntime.so.1.32.0"
    (capi / name).write_bytes(b"")
    assert runtimes.library() == (capi / name, "")


def test_a_package_is_looked_up_by_its_distribution() -> None:
    assert runtimes.version_of("numpy")
    assert runtimes.version_of("onnxruntime-of-nobody") == ""
