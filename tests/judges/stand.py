"""A running simulator, the judges that are let loose on it, and its own truth."""

import json
import os
import subprocess
import urllib.request
from pathlib import Path
from typing import Any

CLIENTS = Path(__file__).with_name("clients")
TIMEOUT_S = 180


class Stand:
    """What a test of a judge needs."""

    def __init__(self, python: Path, urls: dict[str, Any], private: dict[str, str]) -> None:
        self.python, self.urls, self.private = python, urls, private

    def judge(self, client: str, venue: str, **more: Any) -> Any:
        """Run a client against a venue; returns what it understood."""
        told = {
            **self.urls["venues"][venue],
            "hmac_key": "judge-hmac",
            "hmac_secret": "judge-secret",
            "ed25519_key": "judge-ed25519",
            **self.private,
            **more,
        }
        trusted = self.urls["certificate"]
        done = subprocess.run(
            [str(self.python), "-W", "ignore", str(CLIENTS / f"{client}.py"), json.dumps(told)],
            capture_output=True,
            text=True,
            timeout=TIMEOUT_S,
            check=False,
            env=os.environ | ({"REQUESTS_CA_BUNDLE": trusted} if trusted else {}),
        )
        assert done.returncode == 0, done.stderr[-3000:]
        return json.loads(done.stdout.splitlines()[-1])

    def ask(self, path: str, body: dict[str, Any] | None = None) -> Any:
        """The admin endpoint."""
        data = None if body is None else json.dumps(body).encode()
        with urllib.request.urlopen(self.urls["admin"] + path, data=data, timeout=10) as answer:
            return json.load(answer)

    def truth(self, venue: str) -> Any:
        return self.ask(f"/venues/{venue}/truth")

    def sent(self, venue: str) -> list[tuple[str, str]]:
        """(method, path) of what clients sent."""
        return [(r["method"], r["path"]) for r in self.ask(f"/venues/{venue}/requests")]
