"""The packet parser in RTL, with the book behind it, against `mold.py` and `itch.py`.

Packets are split, stalled, doubled, lost and damaged; the outcome is exact, a loss's reason too.
"""

from collections.abc import Iterator
from random import Random

import pytest
from devices.fpga import feed
from devices.fpga.feed import GAP, MESSAGE, PACKET, SESSION, UNKNOWN, Rig, Twin, agree, in_packets
from hypothesis import given, settings
from hypothesis import strategies as st
from support import FIXTURES, require
from venues.nasdaq.itch_day import Day

from tickpath.venues.nasdaq import itch, mold
from tickpath.venues.nasdaq.captures import read_capture

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("needs_verilator")]
SESSION_ONE, SESSION_TWO = b"SESSION001", b"SESSION002"
STOCK = 2


@pytest.fixture(scope="module")
def rig(needs_verilator: None) -> Iterator[Rig]:
    made = Rig(feed.build())
    yield made
    made.close()


def begin(rig: Rig, **settings: bool) -> Twin:
    """A core after reset and init, with its twin."""
    rig.reset()
    rig.take()
    rig.init(STOCK, **settings)
    return Twin(STOCK, join=settings.get("join", False))


def day(seed: int, count: int) -> list[bytes]:
    made = Day(seed)
    return made.start() + [made.next() for _ in range(count)]


def give(rig: Rig, twin: Twin, packets: list[bytes], stall: int = 0) -> None:
    for packet in packets:
        rig.packet(packet, stall=stall)
    twin.give(packets)


@pytest.mark.parametrize("stall", [0, 40, 220])
@pytest.mark.parametrize("most", [1, 5, 40])
def test_a_day_in_packets_of_any_size(rig: Rig, stall: int, most: int) -> None:
    twin = begin(rig)
    packets = list(in_packets(day(most, 1500), Random(stall), most=most))
    give(rig, twin, packets, stall)
    assert agree(rig, twin) == 0
    assert len(twin.tops) > 30
    for name in ("n_packets", "n_orders", "n_skipped"):
        assert rig.read(name) == twin.counts[name]
    assert rig.read("next_sequence") == twin.next
    assert rig.read("live_orders") == twin.book.order_count
    assert rig.read("n_controls") == sum(p[18:20] == b"\0\0" for p in packets)


def test_line_rate_and_latency(rig: Rig) -> None:
    """A beat a clock without a wait, and the clocks that the header of feed.sv promises."""
    twin = begin(rig)
    messages = day(9, 1200)
    clocks = [rig.packet(p) for p in in_packets(messages, Random(1), most=40)]
    assert rig.read("waits") == 0
    assert sum(clocks) < sum(map(len, messages))
    rig.settle()
    rig.take()
    twin = begin(rig)
    made = Day(1)
    made.stocks = ("A", "B")
    add = itch.encode(itch.Message("A", STOCK, 0, 1, {
        "reference": 1, "side": "B", "shares": 5, "stock": "B", "price": 990_000,
    }))  # fmt: skip
    give(rig, twin, [mold.packet(SESSION_ONE, 1, [add])])
    beat = rig.read("last_beat")
    assert agree(rig, twin) == 0
    assert int(rig.buffer[0]["clock"]) + 1 - beat == 19


@pytest.mark.recordings
def test_recorded_packets(rig: Rig) -> None:
    """Every capture as one stock's stream that begins where the capture does."""
    reasons = {}
    for path in sorted(require(FIXTURES / "nasdaq/itch50").glob("*.pcap")):
        for k, (_, data) in enumerate(read_capture(path).packets):
            locate = int.from_bytes((mold.messages(data) or [b""])[0][1:3], "big")
            rig.reset()
            rig.take()
            rig.init(locate, join=True)
            twin = Twin(locate, join=True)
            give(rig, twin, [data])
            reasons[path.stem, k] = (agree(rig, twin), len(twin.tops), rig.read("n_skipped"))
    assert reasons == {
        ("AddOrderNoMpidAttributionMessage", 0): (0, 1, 0),
        ("MarketParticipantPositionMessage", 0): (0, 0, 1),
        ("Multiple.Packets", 0): (UNKNOWN, 0, 0),
        ("Multiple.Packets", 1): (0, 2, 0),
        ("OrderDeleteMessage", 0): (UNKNOWN, 0, 0),
        ("OrderReplaceMessage", 0): (UNKNOWN, 0, 0),
        ("StockTradingActionMessage", 0): (0, 0, 1),
    }, "an order from before the capture is unknown"
    assert len(reasons) == 7


def test_duplicates_and_overlap_change_nothing(rig: Rig) -> None:
    """Both lines' copies, and a packet that repeats the tail of the one before."""
    twin, messages, random = begin(rig), day(4, 600), Random(4)
    packets, at = [], 0
    while at < len(messages):
        back, count = random.randrange(0, min(at, 6) + 1), random.randrange(1, 9)
        packets.append(mold.packet(SESSION_ONE, 1 + at - back, messages[at - back : at + count]))
        if random.random() < 0.3:
            packets.append(packets[-1])
        at = min(at + count, len(messages))
    give(rig, twin, packets)
    assert agree(rig, twin) == 0
    assert rig.read("n_duplicates") == sum(int.from_bytes(p[18:20], "big") for p in packets) - len(
        messages
    )
    assert rig.read("n_gaps") == 0


@pytest.mark.parametrize("sign", ["packet", "heartbeat", "end"])
def test_a_gap_is_sticky_until_init(rig: Rig, sign: str) -> None:
    twin, messages = begin(rig), day(5, 300)
    packets = [mold.packet(SESSION_ONE, 1 + k, messages[k : k + 10]) for k in range(0, 300, 10)]
    shows = {
        "packet": packets[11], "heartbeat": mold.HEADER.pack(SESSION_ONE, 111, 0),
        "end": mold.HEADER.pack(SESSION_ONE, 111, mold.END_OF_SESSION),
    }[sign]  # fmt: skip
    give(rig, twin, [*packets[:10], shows, *packets[12:]])
    assert agree(rig, twin) == GAP
    assert rig.read("n_gaps") >= 1
    assert rig.read("feed_ok") == 0
    rig.take()
    rig.init(STOCK)
    again = Twin(STOCK)
    give(rig, again, packets)
    assert agree(rig, again) == 0
    assert again.tops


def test_another_session_is_lost_and_the_end_is_told(rig: Rig) -> None:
    twin, messages = begin(rig), day(6, 200)
    give(rig, twin, list(in_packets(messages, Random(1))))
    give(rig, twin, [mold.HEADER.pack(SESSION_ONE, len(messages) + 1, mold.END_OF_SESSION)])
    assert agree(rig, twin) == 0
    assert rig.read("ended") == 1
    give(rig, twin, [mold.packet(SESSION_TWO, 1, messages[:3])])
    rig.settle()
    assert (rig.read("lost_reason"), twin.lost) == (SESSION, SESSION)
    assert rig.read("n_foreign") == 1


def test_what_is_no_packet_loses_nothing(rig: Rig) -> None:
    """Short headers, sequences that no session has, a heartbeat with a tail."""
    twin, messages = begin(rig), day(7, 100)
    whole = mold.packet(SESSION_ONE, 1, messages[:20])
    beat = mold.HEADER.pack(SESSION_ONE, 1, 0)
    junk = [whole[:n] for n in range(1, 25)] + [beat + bytes(n) for n in range(1, 12)]
    junk += [mold.HEADER.pack(SESSION_ONE, 0, 0), mold.HEADER.pack(SESSION_ONE, 2**40, 0)]
    give(rig, twin, junk)
    give(rig, twin, list(in_packets(messages, Random(2))))
    assert agree(rig, twin) == 0
    assert rig.read("n_malformed") == len(junk)


@pytest.mark.parametrize("damage", ["short", "long", "tail", "zero_length", "keep", "hole_in_keep"])
def test_malformed_packets(rig: Rig, damage: str) -> None:
    twin, messages = begin(rig), day(8, 60)
    good = mold.packet(SESSION_ONE, 1, messages[:30])
    bad = mold.packet(SESSION_ONE, 31, messages[30:])
    give(rig, twin, [good])
    keep = 0
    if damage == "short":
        bad = bad[:-5]
    elif damage == "long":
        bad = bad[:20] + b"\x40\x00" + bad[22:]
    elif damage == "tail":
        bad += bytes(9)
    elif damage == "zero_length":
        bad = bad[:20] + mold.BLOCK.pack(len(messages[30])) + messages[30] + bytes(40)
    else:
        keep = 0x0E if damage == "keep" else 0xFB
    rig.packet(bad, keep=keep)
    rig.settle()
    assert rig.read("lost_reason") == PACKET
    assert rig.read("n_malformed") == 1
    tops = [top for top, _ in rig.take()]
    assert tops[: len(twin.tops)] == twin.tops
    give(rig, twin, [mold.packet(SESSION_ONE, 61, messages[:3])])
    rig.settle()
    assert rig.take() == []


@pytest.mark.parametrize(
    ("kind", "at", "value"), [("A", 19, b"X"), ("C", 31, b"?"), ("F", 19, b"\0")]
)
def test_a_malformed_message_of_the_stock(rig: Rig, kind: str, at: int, value: bytes) -> None:
    fields = {
        "reference": 7, "side": "B", "shares": 5, "stock": "B", "price": 990_000, "mpid": "MAKR",
        "match": 1, "printable": "Y",
    }  # fmt: skip
    message = bytearray(itch.encode(itch.Message(kind, STOCK, 0, 1, fields)))
    message[at : at + 1] = value
    twin = begin(rig)
    other = bytes(message[:1]) + (STOCK + 1).to_bytes(2, "big") + bytes(message[3:])
    give(rig, twin, [mold.packet(SESSION_ONE, 1, [other, other[:-2]])])
    assert agree(rig, twin) == 0
    give(rig, twin, [mold.packet(SESSION_ONE, 3, [bytes(message)])])
    rig.settle()
    assert (rig.read("lost_reason"), twin.lost) == (MESSAGE, MESSAGE)


def test_other_kinds_newer_layouts_and_unknown_types_pass(rig: Rig) -> None:
    twin, messages = begin(rig), day(10, 300)
    longer = [m + bytes(k % 70) for k, m in enumerate(messages)]
    strange = [b"~" + STOCK.to_bytes(2, "big") + bytes(n) for n in (9, 10, 60, 500)]
    give(rig, twin, list(in_packets(longer[:150] + strange + longer[150:], Random(3))))
    assert agree(rig, twin) == 0
    assert rig.read("n_unknown") == len(strange)


def test_reset_and_init_in_mid_packet(rig: Rig) -> None:
    """After a reset nothing is given until init; an init drops the rest of the packet."""
    messages = day(11, 400)
    packets = list(in_packets(messages, Random(5), most=20))
    for cut in (1, 2, 3, 5, 11):
        begin(rig)
        rig.packet(packets[0])
        rig.packet(packets[1][: 8 * cut], open_end=True)
        rig.reset()
        rig.take()
        for packet in packets:
            rig.packet(packet)
        rig.settle()
        assert rig.take() == []
        assert (rig.read("book_ok"), rig.read("lost_reason")) == (0, 15)
        rig.init(STOCK)
        twin = Twin(STOCK)
        give(rig, twin, packets)
        assert agree(rig, twin) == 0
        rig.packet(packets[0][: 8 * cut], open_end=True)
        rig.init(STOCK, wait=False)
        rig.packet(packets[0][8 * cut :] + bytes(30))
        twin = Twin(STOCK)
        give(rig, twin, packets)
        assert agree(rig, twin) == 0


@given(st.data())
@settings(max_examples=150)
def test_fuzz_always_ends_in_a_defined_state(rig: Rig, data: st.DataObject) -> None:
    """Packets with bytes changed, cut or added: the loss that the twin says, or none; never a top
    that is wrong; and after init all is well."""
    random = Random(data.draw(st.integers(0, 2**32)))
    twin = begin(rig, join=random.random() < 0.3)
    packets = list(in_packets(day(random.randrange(20), 80), random, most=9))
    for _ in range(random.randrange(3)):
        k = random.randrange(len(packets))
        packet = bytearray(packets[k])
        packet[random.randrange(len(packet))] ^= 1 << random.randrange(8)
        packets[k] = bytes(packet[: random.randrange(1, len(packet) + 60)])
    give(rig, twin, packets, stall=random.choice((0, 80)))
    agree(rig, twin)
    junk = [random.randbytes(random.randrange(1, 200)) for _ in range(20)]
    for packet in junk:
        rig.packet(packet)
    rig.settle()
    rig.take()
    rig.init(STOCK)
    twin = Twin(STOCK)
    give(rig, twin, list(in_packets(day(1, 40), random)))
    assert agree(rig, twin) == 0
