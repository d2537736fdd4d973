"""Labels: of the right row, none over a hole, none from the future."""

import numpy as np
import pytest
from store_rows import SPECS, SYMBOL, VENUE

from tickpath.ml.samples import SILENCE_NS, Samples, labels, samples_of

pa = pytest.importorskip("pyarrow", reason="extra `store` is not installed")


def test_a_label_is_the_last_mid_at_the_horizon():
    t = np.array([0, 5, 10, 11, 20, 100, 109, 110])
    mid = np.array([100.0, 101, 102, 103, 104, 200, 202, 204])
    there, change = labels(t, mid, 10)
    assert there.tolist() == [True, True, True, False, False, True, False, False]
    assert change[0] == pytest.approx(20_000)
    assert change[1] == pytest.approx((103 / 101 - 1) * 1e6)
    assert change[2] == pytest.approx((104 / 102 - 1) * 1e6)
    assert change[5] == pytest.approx(20_000)


class Frames:
    """A feature store of one frame."""

    def __init__(self, table):
        self.table = table

    def frame(self, venue, symbol, specs, start_ns, stop_ns):
        assert [s.name for s in specs][-2:] == ["book_mid_of_target", "bbo_mid_of_target"]
        return self.table


def frame(bbo=True, count=1000):
    random = np.random.default_rng(1)
    mid = 100.0 + np.cumsum(random.integers(-1, 2, count)) * 0.01
    book = np.ones(count, dtype=np.uint8)
    book[100:110] = 2
    values = random.normal(size=count)
    values[:20] = np.nan
    return pa.table(
        {
            "t_recv_ns": np.arange(count) * 1000, "book": book, SPECS[0].name: values,
            "book_mid_of_target": mid[::-1].copy(),
            "bbo_mid_of_target": mid if bbo else np.full(count, np.nan),
        }
    )  # fmt: skip


def take(table, **more) -> Samples:
    options = {"target": "return", "horizon_ns": 5000, **more}
    return samples_of(Frames(table), VENUE, SYMBOL, SPECS[:1], 0, 2**62, **options)


def test_rows_that_do_not_count_are_left_out():
    table = frame()
    found = take(table)
    assert found.price == "bbo"
    assert found.t_ns.min() == 20_000
    assert not ((found.t_ns >= 100_000) & (found.t_ns < 110_000)).any()
    assert found.t_ns.max() == 994_000
    mid = np.asarray(table["bbo_mid_of_target"])
    k = found.t_ns.tolist().index(500_000)
    assert found.target[k] == pytest.approx((mid[505] / mid[500] - 1) * 1e6)
    up = take(table, target="up")
    moved = found.target != 0.0
    assert up.target.tolist() == (found.target[moved] > 0).astype(float).tolist()
    assert take(frame(bbo=False)).price == "book"


def test_the_hash_is_of_everything():
    found = take(frame())
    again = take(frame())
    assert found.hash() == again.hash()
    assert found.hash() != take(frame(), horizon_ns=6000).hash()
    again.rows[3] += 1e-12
    assert found.hash() != again.hash()


def test_too_little_is_refused():
    from tickpath.core.errors import ConfigError, DataError

    with pytest.raises(DataError, match="200 are needed"):
        take(frame(count=220))
    with pytest.raises(DataError, match="no row of an OK book"):
        take(frame().set_column(1, "book", [np.zeros(1000, dtype=np.uint8)]))
    with pytest.raises(ConfigError, match="one of return, up"):
        take(frame(), target="sign")


@pytest.mark.parametrize("window", [1, 2, 16])
def test_a_window_holds_rows_that_follow_each_other(window):
    table = frame()
    values = np.asarray(table[SPECS[0].name]).copy()
    values[500] = np.nan
    t = np.asarray(table["t_recv_ns"]).copy()
    t[700:] += SILENCE_NS + 1
    table = table.set_column(2, SPECS[0].name, [values]).set_column(0, "t_recv_ns", [t])
    found = take(table, window=window)
    assert found.window == window
    assert found.rows.shape == (len(found.t_ns), window, 1)
    last = np.searchsorted(t, found.t_ns)
    places = last[:, None] - np.arange(window)[::-1]
    assert np.array_equal(found.rows[:, :, 0], values[places])
    assert np.array_equal(found.oldest_ns, t[places[:, 0]])
    ended = set(last.tolist())
    for hole in (20, 110, 501, 700):
        assert not ended & set(range(hole, hole + window - 1))
        assert hole + window - 1 in ended
    plain = take(table)
    assert set(found.t_ns.tolist()) <= set(plain.t_ns.tolist())
    assert found.hash() != plain.hash()
    assert found.part(slice(3, 5)).since_ns.tolist() == found.since_ns[3:5].tolist()


def test_windows_that_fill_the_memory_are_refused(monkeypatch):
    from tickpath.core.errors import ConfigError
    from tickpath.ml import samples

    monkeypatch.setattr(samples, "WINDOW_BYTES_MAX", 10_000)
    with pytest.raises(ConfigError, match="take a shorter --window"):
        take(frame(), window=8)
