"""Which of several endpoints to connect to: in order of preference, those that failed last.

An endpoint that failed is passed over until its rest is over; when all rest, the one whose rest
ends first is taken, so that there always is one.
"""

from collections.abc import Collection
from dataclasses import dataclass, field


@dataclass(slots=True)
class EndpointState:
    url: str = field(repr=False)
    rest_until_ns: int = 0


class Endpoints:
    """The URLs of one purpose, most wanted first."""

    def __init__(self, urls: list[str], *, rest_ns: int = 60_000_000_000) -> None:
        """Raises ValueError for an empty list or a URL named twice."""
        if not urls or len(set(urls)) != len(urls):
            raise ValueError("endpoints: name at least one, and each once")
        self.states = [EndpointState(url) for url in urls]
        self.rest_ns = rest_ns

    def choose(self, now_ns: int, *, beside: Collection[str] = ()) -> str:
        """The first that does not rest; none of `beside` when there is another that does not."""
        awake = [s for s in self.states if s.rest_until_ns <= now_ns]
        for state in awake:
            if state.url not in beside:
                return state.url
        if awake:
            return awake[0].url
        return min(self.states, key=lambda s: s.rest_until_ns).url

    def failed(self, url: str, now_ns: int) -> None:
        """A connection to it could not be made or did not hold."""
        self._state(url).rest_until_ns = now_ns + self.rest_ns

    def held(self, url: str) -> None:
        """It works: forget what was."""
        self._state(url).rest_until_ns = 0

    def _state(self, url: str) -> EndpointState:
        return next(s for s in self.states if s.url == url)
