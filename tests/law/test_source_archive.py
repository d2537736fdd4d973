"""A source archive has what a build needs."""

import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SKIPPED = shutil.ignore_patterns("*.so", "*.c", "__pycache__", "*.egg-info")


@pytest.mark.slow
def test_a_source_archive_has_every_source(tmp_path: Path) -> None:
    pytest.importorskip("Cython", reason="extra `dev` is not installed")
    tree = tmp_path / "tree"
    for name in ("src", "cuda", "fpga"):
        shutil.copytree(ROOT / name, tree / name, ignore=SKIPPED)
    for name in ("setup.py", "pyproject.toml", "MANIFEST.in", "limits.toml", "README.md",
                 "CHANGELOG.md", "LICENSE", "Makefile"):  # fmt: skip
        shutil.copy(ROOT / name, tree)
    subprocess.run(
        [sys.executable, "setup.py", "--quiet", "sdist"], cwd=tree, check=True,
        env={**os.environ, "TICKPATH_ONLY": "nothing"}, capture_output=True,
    )  # fmt: skip
    with tarfile.open(next((tree / "dist").glob("*.tar.gz"))) as archive:
        packed = {name.partition("/")[2] for name in archive.getnames()}
    wanted = {
        str(path.relative_to(tree))
        for name in ("src", "cuda", "fpga")
        for path in (tree / name).rglob("*")
        if path.is_file() and ".egg-info" not in str(path)
    }
    assert len(wanted) > 1000
    assert wanted | {"limits.toml", "setup.py", "pyproject.toml"} <= packed
