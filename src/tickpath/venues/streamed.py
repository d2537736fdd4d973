"""What market dialects have in common whose subscription brings the book."""

from collections.abc import Mapping

from tickpath.venues.session_actions import Snapshot


class StreamedBooks:
    """No book comes by REST, no id tells copies apart, no answer says what is used."""

    def snapshot(self, symbol: str) -> Snapshot | None:
        """None: the subscription brings it."""
        return None

    def snapshot_frame(self, symbol: str, body: bytes) -> bytes:
        """No book comes by REST."""
        return body

    def serial(self, data: bytes) -> tuple[str, int] | None:
        """None: one line feeds at a time."""
        return None

    def used(self, headers: Mapping[str, str]) -> list[tuple[int, int]]:
        """Books cost no request."""
        return []
