"""What decides whether an order's outcome is known, for frames of either form."""

import pytest

from tickpath.core.records import Report, ReportKind
from tickpath.venues.binance.errors import NEW_REJECTED, UNKNOWN_OUTCOME
from tickpath.venues.binance.outcomes import failed_cancel, refusal, request_of, take_step

OWN = 0x000100C7000000FF
NAME = "000100c7000000ff"
KINDS = (ReportKind.REJECT, ReportKind.CANCEL_REJECT)


@pytest.mark.parametrize(
    ("name", "found"),
    [
        (NAME, (OWN, "")), (f"c{NAME}", (OWN, "c")), (f"q{NAME}", (OWN, "q")),
        (f"x{NAME}", (0, "")), ("", (0, "")), ("c", (0, "")), ("s-1", (0, "")),
    ],
)  # fmt: skip
def test_a_request_id_names_its_order(name: str, found: tuple[int, str]) -> None:
    assert request_of(name) == found


@pytest.mark.parametrize("kind", KINDS)
def test_a_refusal_is_one_unless_the_venue_failed_itself(kind: ReportKind) -> None:
    assert refusal(kind, OWN, -2010, 400) == Report(kind=kind, client_order_id=OWN, code=-2010)
    assert refusal(kind, OWN, -2010, 499).kind == kind
    assert refusal(kind, OWN, -2010, 500).kind == ReportKind.UNKNOWN
    for code in UNKNOWN_OUTCOME:
        assert refusal(kind, OWN, code, 400).kind == ReportKind.UNKNOWN


def test_a_failed_cancel_names_the_order_that_was_to_come() -> None:
    wanted = Report(kind=ReportKind.CANCEL_REJECT, orig_client_order_id=OWN, code=-2011)
    assert failed_cancel(OWN, -2011) == wanted
    for code in UNKNOWN_OUTCOME:
        unknown = Report(kind=ReportKind.UNKNOWN, client_order_id=OWN, code=code)
        assert failed_cancel(OWN, code) == unknown


@pytest.mark.parametrize(
    ("kind", "orig", "found"),
    [
        (ReportKind.CANCEL_ACK, 7, {"client_order_id": 7}), (ReportKind.CANCEL_ACK, 0, {}),
        (ReportKind.REPLACE_ACK, 7, {"orig_client_order_id": 7}),
        (ReportKind.REJECT, 7, {"code": NEW_REJECTED}), (ReportKind.FILL, 7, {}),
    ],
)  # fmt: skip
def test_a_step_is_of_an_order(kind: ReportKind, orig: int, found: dict[str, int]) -> None:
    report = Report(kind=kind, client_order_id=OWN)
    take_step(report, orig)
    assert report == Report(kind=kind, **({"client_order_id": OWN} | found))
