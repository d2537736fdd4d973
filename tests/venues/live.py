"""Packages of extra `live` for the tests that need them: a skip that names what is missing."""

import os
from importlib import import_module
from typing import Any

import pytest


def live(name: str) -> Any:
    """The module. Without its package the test, or the file of tests, is skipped; in CI, where
    everything must run, it fails."""
    if os.environ.get("CI") == "true":
        return import_module(name)
    package = name.partition(".")[0]
    pytest.importorskip(package, reason=f"{package} of extra `live` is not installed")
    return import_module(name)
