"""Copies of the plain classes, and their values in order."""

from dataclasses import astuple, replace

from tickpath.core.records import Intent, Order, Position, copied, fields_of

RECORDS = (
    Order(7, 1, 2, 0, 1, 0, 0, 3, 100, 5, 9),
    Position(position_lots=-4, entry_value=10**30),
    Intent(0, 1, 2, 0, 0, 0, 0, 0, 100, 5, 11, 12),
)


def test_a_copy_is_another_one_of_the_same_fields() -> None:
    for record in RECORDS:
        made = copied(record)
        assert made == record == replace(record)
        assert made is not record
    made = copied(RECORDS[1])
    made.position_lots = 1
    assert RECORDS[1].position_lots == -4


def test_the_values_are_those_of_astuple() -> None:
    for record in RECORDS:
        assert fields_of(record) == astuple(record)
