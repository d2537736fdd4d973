"""Client order ids: engine id (16 bits), epoch (16), counter (32); never reused.

The epoch is bumped and journalled at each start, so a restart cannot mint an old id again.
"""

COUNTER_MAX = 2**32 - 1


def client_order_id(engine: int, epoch: int, counter: int) -> int:
    """Pack the parts. Raises ValueError when one does not fit."""
    if not (0 <= engine < 2**16 and 0 <= epoch < 2**16 and 0 < counter <= COUNTER_MAX):
        raise ValueError(
            f"id parts out of range: engine {engine}, epoch {epoch}, counter {counter}"
        )
    return engine << 48 | epoch << 32 | counter


def to_text(value: int) -> str:
    """16 lower-case hex digits: fits every venue's rule."""
    return f"{value:016x}"


def from_text(text: str) -> int:
    """0 when the text is not one of ours."""
    if len(text) != 16 or any(c not in "0123456789abcdef" for c in text):
        return 0
    return int(text, 16)


def minted_by(text: str, engine: int, epoch_max: int) -> bool:
    """Whether this engine minted the id, in an epoch up to `epoch_max`."""
    value = from_text(text)
    return value >> 48 == engine and 0 < value >> 32 & 0xFFFF <= epoch_max
