"""Which of the requests that the simulator recorded belong to which action of a script."""

import json
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class Marks:
    """`found`: by action the numbers (after, upto) of what was sent for it."""

    def __init__(self, told: dict[str, Any]) -> None:
        self._url = f"{told['admin']}/venues/{told['name']}/requests?after="
        self._last = 0
        self.found: dict[str, tuple[int, int]] = {}

    @contextmanager
    def of(self, action: str) -> Iterator[None]:
        """An action: everything that is sent until its end, where its answer is there."""
        after = self._newest()
        yield
        self.found[action] = (after, self._newest())

    def _newest(self) -> int:
        with urllib.request.urlopen(f"{self._url}{self._last}", timeout=10) as answer:
            sent = json.load(answer)
        self._last = sent[-1]["number"] if sent else self._last
        return self._last
