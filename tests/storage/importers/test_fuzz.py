"""Whatever is done to a file's bytes, an importer gives whole events or an error of the tree."""

import contextlib
import functools
import io
from collections.abc import Callable, Iterator
from pathlib import Path

import databento_dbn as dbn
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tickpath.core.errors import TickpathError
from tickpath.core.ticks import LAST, Ticks
from tickpath.storage.importers.find import importers, read_ticks
from tickpath.storage.importers.hftbacktest import ADD, BUY, DEPTH, EVENT, EXCH, LOCAL, TRADE
from tickpath.venues.nasdaq import itch

CORPUS = Path(__file__).resolve().parents[2] / "corpus/import"
EXAMPLES = 25


def hft_bytes(kind: int) -> bytes:
    table = np.zeros(20, EVENT)
    table["ev"] = EXCH | LOCAL | BUY | kind
    table["ev"][::3] = EXCH | LOCAL | BUY | (TRADE if kind == DEPTH else kind)
    table["px"], table["qty"], table["order_id"] = 55000.0, 1.0, np.arange(20)
    table["local_ts"] = table["exch_ts"] = 1_723_075_200_000_000_000 + np.arange(20)
    file = io.BytesIO()
    np.save(file, table)
    return file.getvalue()


def dbn_bytes(schema: str) -> bytes:
    start = 1_577_975_400_000_000_000
    metadata = dbn.Metadata(
        "XNAS.ITCH", start, None, dbn.SType.INSTRUMENT_ID, dbn.Schema.from_str(schema)
    )
    head = {"publisher_id": 2, "instrument_id": 7, "price": 10_010_000_000, "size": 3}
    more = {"action": dbn.Action.ADD, "side": dbn.Side.BID}
    parts = []
    for k in range(1, 12):
        times = {"ts_event": start + k, "ts_recv": start + k, "flags": 128}
        if schema == "mbo":
            parts.append(bytes(dbn.MBOMsg(**head, **more, **times, order_id=k)))
        else:
            parts.append(bytes(dbn.MBP1Msg(**head, **more, **times, depth=0)))
    return bytes(metadata) + b"".join(parts)


def itch_bytes() -> bytes:
    fields = {"side": "B", "shares": 5, "stock": "XYZ", "price": 1000000}
    found = [itch.encode(itch.Message("S", 0, 0, 1, {"event": "O"}))]
    for k in range(1, 12):
        message = itch.Message("A", 5, 0, k, {**fields, "reference": k})
        found.append(itch.encode(message))
        found.append(itch.encode(itch.Message("D", 5, 0, k, {"reference": k})))
    return b"".join(len(m).to_bytes(2, "big") + m for m in found)


@functools.cache
def samples() -> dict[str, tuple[str, str, bytes]]:
    """(importer, job, bytes) by name."""
    found = {
        "hft levels": ("hftbacktest", "usdm", hft_bytes(DEPTH)),
        "hft orders": ("hftbacktest", "usdm", hft_bytes(ADD)),
        "dbn mbo": ("databento", "stock", dbn_bytes("mbo")),
        "dbn mbp-1": ("databento", "stock", dbn_bytes("mbp-1")),
        "itch": ("itch", "stock", itch_bytes()),
    }
    for path in sorted(CORPUS.glob("*.csv")):
        name = path.name
        if "bookDepth" in name or "-1m-" in name or "orderbook" in name:
            continue
        one = "lobster" if "message" in name else "tardis" if "tardis" in name else "binance"
        one = "binance-depth" if "T_DEPTH" in name else one
        base = {"lobster": "stock"}.get(one, "spot" if name.startswith("spot") else "usdm")
        found[name] = (one, base, path.read_bytes())
    return found


NAMES = tuple(samples())


@st.composite
def damaged(draw: st.DrawFn, data: bytes) -> bytes:
    """Bytes overwritten, cut out, repeated or cut off."""
    body = bytearray(data)
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(body))) if body else 0
        what = draw(st.sampled_from(["set", "cut", "twice", "end", "text"]))
        size = draw(st.integers(1, 12))
        if what == "set" and at < len(body):
            body[at] = draw(st.integers(0, 255))
        elif what == "cut":
            del body[at : at + size]
        elif what == "twice":
            body[at:at] = body[at : at + 8 * size]
        elif what == "text":
            body[at:at] = draw(st.sampled_from([b",", b"\n", b'"', b"-", b"1e9", b"9" * 30, b"\0"]))
        else:
            del body[at:]
    return bytes(body)


def test_every_importer_is_fuzzed() -> None:
    assert {one for one, _, _ in samples().values()} == set(importers())


@pytest.mark.parametrize("name", NAMES)
@given(data=st.data())
@settings(max_examples=EXAMPLES, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_damage_is_an_error_of_the_tree(
    name: str, data: st.DataObject, job: Callable, tmp_path: Path
) -> None:
    one, base, content = samples()[name]
    path = tmp_path / (name if name.endswith(".csv") else "f")
    path.write_bytes(data.draw(damaged(content)))
    with contextlib.suppress(TickpathError):
        check(read_ticks(path, job(base, drop_off_grid_trades=True), one))


def check(chunks: Iterator[Ticks]) -> None:
    """What is given is right whatever comes behind it."""
    last = 0
    for chunk in chunks:
        assert chunk["flags"][-1] & LAST
        assert chunk["t_recv_ns"][0] >= last
        last = int(chunk["t_recv_ns"][-1])
        assert (chunk["quantity_lots"] >= 0).all()
        assert (chunk["price_ticks"] >= 0).all()
