"""Builds a benchmark loop in Cython on first use, with the flags of setup.py."""

import importlib.util
import platform
import tempfile
from pathlib import Path
from types import ModuleType

from Cython.Build import cythonize
from setuptools import Distribution, Extension  # type: ignore[import-untyped]
from setuptools.command.build_ext import build_ext  # type: ignore[import-untyped]

ROOT = Path(__file__).resolve().parents[2]
FLAGS = ["-std=gnu11", "-O3", "-g0", "-ffp-contract=off", "-fno-plt", "-fvisibility=hidden", "-w"]


def loop(name: str) -> ModuleType:
    """The compiled module of `benchmarks/hot/<name>.pyx`."""
    flags = list(FLAGS)
    if platform.machine() in ("x86_64", "AMD64"):
        flags.append("-march=x86-64-v2")
    folder = tempfile.mkdtemp(prefix="tickpath-bench-")
    extension = Extension(
        name,
        [str(Path(__file__).parent / f"{name}.pyx")],
        include_dirs=[str(ROOT / "src/tickpath/core")],
        extra_compile_args=flags,
    )
    built = cythonize(  # type: ignore[no-untyped-call]
        [extension],
        include_path=[str(ROOT / "src")],
        build_dir=folder,
        quiet=True,
        compiler_directives={
            "language_level": "3",
            "boundscheck": False,
            "wraparound": False,
            "cdivision": True,
            "initializedcheck": False,
        },
    )
    command = build_ext(Distribution({"ext_modules": built}))
    command.build_lib = folder
    command.build_temp = folder
    command.ensure_finalized()
    command.run()
    spec = importlib.util.spec_from_file_location(name, command.get_ext_fullpath(name))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
