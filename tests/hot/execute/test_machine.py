"""The two spellings of the order state machine are one table, and it has the shape it must have."""

from tickpath.core.records import OrderState, ReportKind
from tickpath.hot.execute import native
from tickpath.hot.execute.machine import TABLE, Do

ENDS = {OrderState.FILLED, OrderState.CANCELLED, OrderState.REJECTED, OrderState.EXPIRED}


def test_native_and_reference_are_one_table() -> None:
    compiled = native.machine()
    for state, row in TABLE.items():
        for kind, cell in row.items():
            assert compiled[state][kind] == (cell.next, cell.do), (state, kind)
    assert {action for _, action in compiled[OrderState.FREE]} == {Do.STATE}


def test_every_living_state_has_a_row_and_only_ends_end() -> None:
    assert set(TABLE) == set(OrderState) - ENDS - {OrderState.FREE, OrderState.PARKED}
    for row in TABLE.values():
        assert set(row) == set(ReportKind)
        for cell in row.values():
            assert (cell.next in ENDS) == (cell.do in (Do.END, Do.REFUSE))


def test_a_fill_is_counted_in_every_state() -> None:
    assert all(row[ReportKind.FILL].do == Do.FILL for row in TABLE.values())
