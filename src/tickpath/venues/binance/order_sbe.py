"""Binance SBE order frames to reports: plain Python, the definition of correct.

In: one binary frame of the spot WebSocket API: a reply in its envelope (50) or a user event. Out:
the reports that orders.py makes of the same message in JSON. Requests are JSON either way.

Verdicts: the layout (sbe_message.py), then EXECUTE_REPORT for a value that JSON could not have
either (an unknown enum value, a negative id, a quantity off its grid) and for a message that is no
answer to its request. A message inside a message is judged in the same way when it is read.
Numbers are mantissa * 10**exponent, converted exactly; times are microseconds; an empty text is an
absent one. Messages that say nothing of orders (balances, lists, ends) give no report.
Worst case: linear in the frame.
"""

from collections.abc import Mapping, Sequence

from tickpath.core import ids
from tickpath.core.codes import Code
from tickpath.core.config import Instrument
from tickpath.core.records import FEE_NOT_REPORTED, Report, ReportKind
from tickpath.venues.binance.errors import NO_SUCH_ORDER
from tickpath.venues.binance.outcomes import failed_cancel, refusal, request_of, take_step
from tickpath.venues.binance.sbe_message import (
    CANCELLED,
    ENVELOPE,
    ERROR,
    EXECUTION,
    NULL,
    PLACED,
    QUIET,
    REPLACED,
    STANDING,
    Message,
)
from tickpath.venues.binance.wire_sbe import price_of, quantity_of
from tickpath.venues.text.rules import UNITS_MAX, Refused

PLACES = {300: (0, 16, -1), 301: (2, 18, 42), 302: (2, 18, 42), 304: (2, 94, 34), 305: (2, 18, 42)}
"""Where an answer has its order id, its time and its executed quantity; -1: it has none."""

STEPS = {
    0: ReportKind.ACK,
    1: ReportKind.CANCEL_ACK,
    2: ReportKind.REPLACE_ACK,
    3: ReportKind.REJECT,
    4: ReportKind.FILL,
    5: ReportKind.EXPIRE,
    8: ReportKind.EXPIRE,
}
"""executionType; TRADE_PREVENTION (8) only when the order ends with it."""

PREVENTION = 8
ENDED = (6, 9)
"""orderStatus EXPIRED and EXPIRED_IN_MATCH."""

STANDINGS = {
    0: ReportKind.ACK,
    1: ReportKind.ACK,
    2: ReportKind.EXPIRE,
    3: ReportKind.CANCEL_ACK,
    5: ReportKind.REJECT,
    6: ReportKind.EXPIRE,
    9: ReportKind.EXPIRE,
}
"""orderStatus in the answer to a query."""


class SbeOrders:
    """Frames to reports for one venue; `symbols` and `currencies` as the codec has them."""

    def __init__(
        self,
        symbols: Mapping[str, Instrument],
        currencies: Mapping[str, int],
        decimals: Sequence[int],
    ) -> None:
        self._symbols = {name.encode(): found for name, found in symbols.items()}
        self._currencies = {name.encode(): found for name, found in currencies.items()}
        self._decimals = decimals

    def decode(self, data: bytes) -> list[Report]:
        """Raises Refused."""
        message = Message(data)
        if message.template == ENVELOPE:
            return self._reply(message)
        if message.template == EXECUTION:
            return self._execution(message)
        if message.template not in QUIET:
            raise Refused(Code.EXECUTE_REPORT)
        return []

    # -- events ---------------------------------------------------------------------------------

    def _execution(self, m: Message) -> list[Report]:
        instrument = self._symbols.get(m.texts[0])
        kind = STEPS.get(m.byte(94))
        own, orig = _own_id(m.texts[1]), _own_id(m.texts[2])
        if kind is None:
            raise Refused(Code.EXECUTE_REPORT)
        report = Report(
            kind=kind,
            instrument=-1 if instrument is None else instrument.index,
            client_order_id=own,
            venue_order_id=_not_negative(m.long(35)),
            t_venue_ns=_time_ns(m.long(8)),
        )
        if instrument is not None:
            report.cumulative_lots = _lots(instrument, m.long(112), m.exponent(17))
        if m.byte(94) == PREVENTION and m.byte(95) not in ENDED:
            return []
        take_step(report, orig)
        if kind == ReportKind.FILL:
            if instrument is not None:
                self._fill(report, instrument, m)
            elif own:
                raise Refused(Code.EXECUTE_REPORT)
        return [report]

    def _fill(self, report: Report, instrument: Instrument, m: Message) -> None:
        report.last_lots = _lots(instrument, m.long(128), m.exponent(17))
        report.last_ticks = _ticks(instrument, m.long(136), m.exponent(16))
        trade_id, maker = m.long(96), m.byte(161)
        report.trade_id = -1 if trade_id == NULL else trade_id
        if maker > 1:
            raise Refused(Code.EXECUTE_REPORT)
        report.maker = maker
        report.fee_units, report.fee_currency = self._fee(m.long(152), m.exponent(18), m.texts[3])

    def _fee(self, mantissa: int, exponent: int, name: bytes) -> tuple[int, int]:
        """The fee in its currency's units, or FEE_NOT_REPORTED when it is not told exactly."""
        currency = self._currencies.get(name, -1)
        if mantissa == NULL or (currency < 0 and (name or mantissa)):
            return FEE_NOT_REPORTED, -1
        if mantissa == 0:
            return 0, currency
        power = exponent + self._decimals[currency]
        scale: int = 10 ** abs(power)
        units, rest = divmod(abs(mantissa), scale) if power < 0 else (abs(mantissa) * scale, 0)
        if rest or units > UNITS_MAX:
            return FEE_NOT_REPORTED, -1
        return units if mantissa > 0 else -units, currency

    # -- replies --------------------------------------------------------------------------------

    def _reply(self, m: Message) -> list[Report]:
        """A reply of the WebSocket API; those to other requests than ours give no report."""
        status, name = m.word(1), m.texts[0]
        own, letter = request_of(name.decode("latin-1"))
        if own == 0:
            return []
        inner = Message(m.texts[1])
        if status != 200:
            return self._error(own, letter, inner, status)
        if letter == "c":
            return [self._answer(ReportKind.CANCEL_ACK, own, inner, (CANCELLED,))]
        if letter == "q":
            return self._standing(own, inner)
        if inner.template == REPLACED:
            return self._replace(own, inner)
        return [self._answer(ReportKind.ACK, own, inner, PLACED)]

    def _error(self, own: int, letter: str, inner: Message, status: int) -> list[Report]:
        code = _code(inner)
        if letter == "q":
            gone = status < 500 and code == NO_SUCH_ORDER
            return [Report(ReportKind.REJECT, client_order_id=own, code=code)] if gone else []
        if not letter and status < 500 and inner.texts[1]:
            halves = Message(inner.texts[1])
            if halves.template == REPLACED:
                return self._replace(own, halves)
        kind = ReportKind.CANCEL_REJECT if letter else ReportKind.REJECT
        return [refusal(kind, own, code, status)]

    def _standing(self, own: int, m: Message) -> list[Report]:
        """A standing that is no outcome yet is no report: it is asked again."""
        if m.template != STANDING:
            raise Refused(Code.EXECUTE_REPORT)
        kind = STANDINGS.get(m.byte(50))
        return [] if kind is None else [self._answer(kind, own, m, (STANDING,))]

    def _answer(self, kind: ReportKind, own: int, m: Message, templates: tuple[int, ...]) -> Report:
        """What a venue says of an order in a reply."""
        if m.template not in templates:
            raise Refused(Code.EXECUTE_REPORT)
        order_id, stamp, executed = PLACES[m.template]
        instrument = self._symbols.get(m.texts[0])
        report = Report(
            kind=kind,
            client_order_id=own,
            instrument=-1 if instrument is None else instrument.index,
            venue_order_id=_not_negative(m.long(order_id)),
            t_venue_ns=_time_ns(m.long(stamp)),
        )
        if instrument is not None and executed >= 0:
            report.cumulative_lots = _lots(instrument, m.long(executed), m.exponent(1))
        return report

    def _replace(self, own: int, m: Message) -> list[Report]:
        """Both halves of a cancelReplace."""
        cancelled, placed = m.byte(0), m.byte(1)
        old, new = m.texts
        if cancelled > 2 or placed > 2:
            raise Refused(Code.EXECUTE_REPORT)
        reports, code = [], 0
        if cancelled == 0:
            answer = Message(old)
            report = self._answer(ReportKind.CANCEL_ACK, 0, answer, (CANCELLED,))
            report.client_order_id = _own_id(answer.texts[1])
            reports.append(report)
        else:
            code = _code(Message(old)) if old else 0
            reports.append(failed_cancel(own, code))
            if reports[0].kind == ReportKind.UNKNOWN:
                return reports
        if placed == 0:
            reports.append(self._answer(ReportKind.ACK, own, Message(new), PLACED))
            return reports
        code = _code(Message(new)) if new else code
        return [*reports, refusal(ReportKind.REJECT, own, code)]


def _code(m: Message) -> int:
    """The venue's error code."""
    if m.template != ERROR:
        raise Refused(Code.EXECUTE_REPORT)
    return m.short(0)


def _own_id(text: bytes) -> int:
    """The client order id, 0 when the text is not one of ours."""
    return ids.from_text(text.decode("latin-1"))


def _not_negative(value: int) -> int:
    if value < 0:
        raise Refused(Code.EXECUTE_REPORT)
    return value


def _time_ns(stamp_us: int) -> int:
    if not 0 <= stamp_us <= UNITS_MAX // 1000:
        raise Refused(Code.EXECUTE_REPORT)
    return stamp_us * 1000


def _lots(instrument: Instrument, mantissa: int, exponent: int) -> int:
    """Lots of a quantity field."""
    try:
        return quantity_of(mantissa, exponent, instrument)
    except Refused:
        raise Refused(Code.EXECUTE_REPORT) from None


def _ticks(instrument: Instrument, mantissa: int, exponent: int) -> int:
    """Ticks of a price field."""
    try:
        return price_of(mantissa, exponent, instrument)
    except Refused:
        raise Refused(Code.EXECUTE_REPORT) from None
