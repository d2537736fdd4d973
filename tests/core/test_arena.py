"""Arena: lines of their own, zeroed, and a clear end."""

from hypothesis import given, settings
from hypothesis import strategies as st

from tickpath.core.compiled import arena_offsets


def test_each_piece_has_its_own_line() -> None:
    assert arena_offsets(1024, [1, 64, 65, 8]) == [0, 64, 128, 256]


def test_what_does_not_fit_is_refused_and_the_rest_still_fits() -> None:
    assert arena_offsets(128, [64, 65, 64, 1]) == [0, -1, 64, -1]
    assert arena_offsets(100, [100, 0, 1]) == [0, -1, -1]
    assert arena_offsets(64, [2**64 - 1, 2**63, 64]) == [-1, -1, 0]


@given(st.integers(0, 4096), st.lists(st.integers(1, 700), max_size=20))
@settings(derandomize=True, deadline=None, max_examples=200)
def test_pieces_never_overlap_or_leave_the_block(total: int, sizes: list[int]) -> None:
    end = 0
    for offset, size in zip(arena_offsets(total, sizes), sizes, strict=True):
        if offset >= 0:
            assert offset >= end
            assert offset % 64 == 0
            end = offset + size
            assert end <= total
