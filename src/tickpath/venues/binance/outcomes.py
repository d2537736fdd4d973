"""What a message of Binance means for an order, in whatever form it came.

Whether an outcome is known, which order a refusal is of, which request a reply answers: decided
here for JSON (orders.py) and SBE (order_sbe.py) alike. The functions of these names in
order_decode.pxd are the twins. Source: the venue's errors and web-socket-api pages.
"""

from tickpath.core import ids
from tickpath.core.records import Report, ReportKind
from tickpath.venues.binance.errors import NEW_REJECTED, UNKNOWN_OUTCOME


def request_of(name: str) -> tuple[int, str]:
    """(order, letter) of a request id: c a cancel, q a query, "" an order; 0 for an id that is none
    of ours."""
    letter = name[0] if len(name) == 17 and name[0] in "cq" else ""
    return ids.from_text(name[1:] if letter else name), letter


def refusal(kind: ReportKind, own: int, code: int, status: int = 0) -> Report:
    """A request was refused, unless the code or a status of the venue's own failure leaves it open
    whether it was carried out."""
    if status >= 500 or code in UNKNOWN_OUTCOME:
        kind = ReportKind.UNKNOWN
    return Report(kind=kind, client_order_id=own, code=code)


def failed_cancel(own: int, code: int) -> Report:
    """The failed cancel of a cancelReplace. It names no order: its report carries the id of the
    order that was to replace it. UNKNOWN says that of neither half the outcome is known."""
    if code in UNKNOWN_OUTCOME:
        return Report(kind=ReportKind.UNKNOWN, client_order_id=own, code=code)
    return Report(kind=ReportKind.CANCEL_REJECT, orig_client_order_id=own, code=code)


def take_step(report: Report, orig: int) -> None:
    """Which order a step of an event is of; `orig` is the id that it had before."""
    if report.kind == ReportKind.CANCEL_ACK:
        report.client_order_id = orig or report.client_order_id
    elif report.kind == ReportKind.REPLACE_ACK:
        report.orig_client_order_id = orig
    elif report.kind == ReportKind.REJECT:
        report.code = NEW_REJECTED
