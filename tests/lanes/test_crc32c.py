"""CRC-32C: known vectors, and one result from three forms."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tickpath.lanes.journal import crc32c, crc32c_single, crc32c_table

FORMS = [crc32c, crc32c_single, crc32c_table]
VECTORS = [
    (b"", 0),
    (b"123456789", 0xE3069283),
    (bytes(32), 0x8A9136AA),
    (b"\xff" * 32, 0x62A8AB43),
    (bytes(range(32)), 0x46DD794E),
    (bytes(range(31, -1, -1)), 0x113FDB5C),
]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(("data", "wanted"), VECTORS)
def test_known_vectors(form, data: bytes, wanted: int) -> None:
    """RFC 3720, appendix B.4, and the common check value."""
    assert form(data) == wanted


@given(st.binary(max_size=200), st.integers(0, 40), st.integers(0, 2**32 - 1))
@settings(derandomize=True, deadline=None, max_examples=200)
def test_the_forms_agree_at_every_length_and_start(data: bytes, times: int, value: int) -> None:
    long = data * times
    assert crc32c(long, value) == crc32c_single(long, value) == crc32c_table(long, value)
    half = len(long) // 2
    assert crc32c(long[half:], crc32c(long[:half], value)) == crc32c(long, value)


def test_every_length_around_the_folds() -> None:
    data = bytes(k * 37 % 256 for k in range(6400))
    for length in [*range(400), *range(3060, 3090), *range(6130, 6160), 6400]:
        assert crc32c(data[:length]) == crc32c_table(data[:length])
