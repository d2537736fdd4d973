"""Labels: of the right row, none over a hole, none from the future."""

import numpy as np
import pytest
from store_rows import SPECS, SYMBOL, VENUE

from tickpath.ml.samples import Samples, labels, samples_of

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
