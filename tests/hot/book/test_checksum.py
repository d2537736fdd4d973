"""The checksum of a book: zlib's function, and the native book beside the plain one."""

import zlib
from dataclasses import replace
from decimal import Decimal
from random import Random

import pytest
from book_events import event, random_side
from hypothesis import given, settings
from hypothesis import strategies as st
from support import btcusdt, config_of

from tickpath.core.codes import Code
from tickpath.core.records import BookStatus, Checksum
from tickpath.hot.book import native, reference

LIVE = (BookStatus.OK, BookStatus.CROSSED)


@settings(max_examples=300)
@given(st.binary(max_size=900))
def test_crc32_is_that_of_zlib(data: bytes) -> None:
    assert native.crc32(data) == (zlib.crc32(data),) * 2


def test_crc32_of_every_length_around_the_steps() -> None:
    text = Random(3).randbytes(600)
    for start in range(17):
        for size in range(0, 200, 1 + start):
            data = text[start : start + size]
            assert native.crc32(data) == (zlib.crc32(data),) * 2


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("spread", [5, 1000, 60_000])
@pytest.mark.parametrize("depth", [1, 10, 25])
def test_bounded_books_are_equal_on_long_streams(seed: int, spread: int, depth: int) -> None:
    """Truncated and checked alike; every eleventh checksum is wrong."""
    rng, mid = Random(f"{seed} {spread} {depth}"), 6_000_000
    plain, fast = reference.Book(config_of(btcusdt()), 0), native.Book(config_of(btcusdt()), 0)
    for k in range(400):
        mid = max(1, mid + rng.choice((0, 0, 1, -1, spread // 3, -spread // 3)))
        sides = [random_side(rng, side, mid, spread) for side in (0, 1)]
        message = replace(event(*sides, last_id=k, t_ns=k * 1000), depth=depth)
        snapshot = plain.status not in LIVE
        twin = reference.Book(config_of(btcusdt()), 0)
        twin.import_state(plain.export_state())
        if (twin.snapshot(message) if snapshot else twin.apply(message)) == Code.OK:
            said = twin.checksum() ^ (k % 11 == 10)
            message = replace(message, checksum=said, checksum_kind=Checksum.CRC32_TEN)
        codes = [b.snapshot(message) if snapshot else b.apply(message) for b in (plain, fast)]
        assert codes[0] == codes[1]
        assert max(fast.level_count(0), fast.level_count(1)) <= depth
        assert fast.export_state() == plain.export_state()
        assert fast.hash == plain.hash
    assert fast.checksum_ok > 200
    assert fast.checksum_bad > 20
    if spread == 60_000:
        assert fast.recentre_count > 0


def test_a_wrapped_product_is_another_text_alike_on_both() -> None:
    config = config_of(btcusdt(lot_size=Decimal("0.5")))
    for quantity in (2**62, 2**63 - 1):
        text = f"7{quantity * 5 % 2**64}"
        whole = replace(
            event([], [(7, quantity)]), depth=1, checksum_kind=1, checksum=zlib.crc32(text.encode())
        )
        for module in (reference, native):
            assert module.Book(config, 0).snapshot(whole) == Code.OK


def test_what_is_kept_of_levels_is_never_another_level_s() -> None:
    """Prices that share their place in the memo, quantities that come and go, books that empty."""
    rng = Random(11)
    plain, fast = reference.Book(config_of(btcusdt()), 0), native.Book(config_of(btcusdt()), 0)
    prices = [1000 + 64 * k for k in range(40)] + [5000 + 63 * k for k in range(40)]
    for k in range(600):
        bids = [(p, rng.choice((0, 1, 7, 10**9, 2**62))) for p in rng.sample(prices, 3)]
        asks = [(p + 9000, rng.choice((0, 2, 10**12))) for p in rng.sample(prices, 3)]
        message = replace(event(bids, asks, last_id=k), depth=25)
        snapshot = plain.status not in LIVE or rng.random() < 0.02
        twin = reference.Book(config_of(btcusdt()), 0)
        twin.import_state(plain.export_state())
        assert (twin.snapshot(message) if snapshot else twin.apply(message)) == Code.OK
        message = replace(message, checksum=twin.checksum(), checksum_kind=1)
        for book in (plain, fast):
            assert (book.snapshot(message) if snapshot else book.apply(message)) == Code.OK
    assert fast.export_state() == plain.export_state()
