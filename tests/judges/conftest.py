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
from cryptography.hazmat.primitives.asymmetric import ec
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


@pytest.fixture
def environment(request: pytest.FixtureRequest) -> str:
    """The environment that a test's judge lives in: its module names it."""
    name: str = request.module.ENVIRONMENT
    return name


@pytest.fixture
def config(request: pytest.FixtureRequest) -> str:
    """The simulator's configuration: a test's module names it."""
    text: str = request.module.CONFIG
    return text


@pytest.fixture
def judge_python(environment: str) -> Path:
    """The interpreter with the clients that a test judges by, or a skip that says why not."""
    if os.environ.get("TICKPATH_SANITIZED"):
        pytest.skip("other programs cannot run under the sanitizer of this one")
    try:
        return interpreter(environment, make=os.environ.get("CI") == "true")
    except AbsentError as error:
        pytest.skip(f"no environment for the judges: {error}")


@pytest.fixture
def stand(judge_python: Path, tmp_path: Path, config: str) -> Iterator[Stand]:
    """`tickpath venue-sim` with the test's configuration."""
    private = {}
    for name, key in (
        ("ed25519", Ed25519PrivateKey.from_private_bytes(SEED)),
        ("es256", ec.derive_private_key(int.from_bytes(SEED, "big"), ec.SECP256R1())),
    ):
        public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        (tmp_path / f"{name}.pem").write_bytes(public)
        text = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        private[f"{name}_private"] = text.decode()
    path = tmp_path / "venues.toml"
    path.write_text(config)
    command = [sys.executable, "-m", "tickpath.cli.main", "venue-sim", str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            urls: dict[str, Any] = json.loads(process.stdout.readline())
            yield Stand(judge_python, urls, private)
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(timeout=20)
    assert process.returncode == 0
