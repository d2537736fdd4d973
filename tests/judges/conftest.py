"""The judges' environment and a simulator for them, started by its own command."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from judges.prepare import AbsentError, interpreter
from judges.stand import Stand

SEED = bytes(range(1, 33))


@pytest.fixture(scope="session")
def judge_python() -> Path:
    """The interpreter with the third-party clients, or a skip that says why there is none."""
    if os.environ.get("TICKPATH_SANITIZED"):
        pytest.skip("other programs cannot run under the sanitizer of this one")
    try:
        return interpreter(make=os.environ.get("CI") == "true")
    except AbsentError as error:
        pytest.skip(f"no environment for the judges: {error}")


@pytest.fixture
def stand(judge_python: Path, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Stand]:
    """`tickpath venue-sim` with the configuration that the test module names."""
    key = Ed25519PrivateKey.from_private_bytes(SEED)
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    (tmp_path / "public.pem").write_bytes(public)
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path = tmp_path / "venues.toml"
    path.write_text(request.module.CONFIG)
    command = [sys.executable, "-m", "tickpath.cli.main", "venue-sim", str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            urls: dict[str, Any] = json.loads(process.stdout.readline())
            yield Stand(judge_python, urls, private.decode())
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(timeout=20)
    assert process.returncode == 0
