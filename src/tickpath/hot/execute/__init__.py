"""Execute: allowed requests become encoded orders; reports become states, positions and money.

In: requests of `route`, order frames of a venue. Out: encoded requests (unsigned), decision
records, order updates for the strategies, own-orders lists, positions, ledger. Owner of the state:
the engine's thread. Budget: 60 ns a new order without its encoding, 200 ns a fill.

The venue's codec is called through its slots only; see `tickpath.venues` for the codecs.
`machine.py` is the order state machine, `layout.py` the exported state. `money.py` is positions
and money, behind the handle `money`; its parts are `position.py` (average cost), `fifo.py`,
`hedge.py`, `funding.py`, `fx.py` and `ledger.py`, its state `money_layout.py`.
"""

from collections.abc import Sequence
from typing import Any, Protocol

import numpy.typing as npt

from tickpath.core.errors import TickpathError
from tickpath.core.records import OpenOrder, Order, OrderUpdate, Position, Report, Request


class EncodeError(TickpathError):
    """A codec cannot say a request; `code` is the result code that execute returns for it."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


class OrderCodec(Protocol):
    """What execute asks of a venue's codec."""

    @property
    def replaces(self) -> bool: ...

    def encode(self, request: Request, now_ns: int) -> bytes:
        """The request's bytes. Raises EncodeError with a code when it cannot be said."""
        ...

    def decode(self, data: bytes) -> tuple[int, list[Report]]: ...


class ExecuteStage(Protocol):
    """Interface of every backend's `Execute(config, codecs)`."""

    def send(self, request: Request, seq: int, now_ns: int) -> int: ...
    def take_out(self) -> list[tuple[int, int, bytes]]: ...
    def take_decisions(self) -> npt.NDArray[Any]: ...
    def decode(self, venue: int, data: bytes) -> tuple[int, list[Report]]: ...
    def on_frame(
        self, venue: int, data: bytes, seq: int, now_ns: int
    ) -> tuple[int, list[OrderUpdate]]: ...
    def apply(self, report: Report, seq: int, now_ns: int) -> OrderUpdate: ...
    def drop_held(self, instrument: int = -1) -> None: ...
    @property
    def money(self) -> Any: ...
    @property
    def positions(self) -> list[Position]: ...
    def own(self, strategy: int, instrument: int) -> list[OpenOrder]: ...
    def leaves(self, client_order_id: int) -> int: ...
    def orders(self) -> list[Order]: ...
    def equity_units(self, currency: int, mids2: Sequence[int]) -> int: ...
    def ledger(self, currency: int) -> dict[str, int]: ...
    def export_state(self) -> bytes: ...
    def import_state(self, data: bytes) -> None: ...
