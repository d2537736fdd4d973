"""What a recorded frame of Kraken tells of its venue and symbol.

In: a decoded JSON frame. Out: (venue, symbol), or None for frames of others and those without one.
Frames of v2 name a channel beside their data, those of v1 are arrays that end with channel name and
symbol.
"""

VENUE = "kraken-spot"


def told(frame: object) -> tuple[str, str] | None:
    """Venue and symbol of a frame with market data."""
    if isinstance(frame, dict) and isinstance(frame.get("channel"), str):
        rows = frame.get("data")
        if isinstance(rows, list) and rows and isinstance(rows[0], dict):
            symbol = rows[0].get("symbol")
            return (VENUE, symbol) if isinstance(symbol, str) else None
    if isinstance(frame, list) and len(frame) in (4, 5):
        name, symbol = frame[-2:]
        if isinstance(name, str) and isinstance(symbol, str):
            return VENUE, symbol
    return None
