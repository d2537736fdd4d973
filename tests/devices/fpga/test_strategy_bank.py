"""The RTL bank against `Bank`: bits, clocks, stalls, COMMIT and reset in mid-stream."""

from collections.abc import Callable, Iterator

import numpy as np
import pytest
from bank_rig import BankRig, Oracle, Results, beats_of, make_bank, make_rows

from tickpath.devices.fpga.table import Build
from tickpath.hot.strategy.bank import Bank

# a simulator takes half a minute to build
pytestmark = pytest.mark.slow

FULL = Build()
SMALL = Build(strategies=1, chunks=1, hidden=False)
SHAPES = [(1, 8, 0), (1, 1, 0), (2, 8, 0), (1, 32, 0), (64, 9, 0), (5, 17, 0),
          (3, 8, 8), (1, 1, 1), (7, 20, 32), (64, 32, 31)]  # fmt: skip
STALLS = [(0, 0), (60, 0), (0, 60), (40, 80)]
VECTORS = 1_000_000


@pytest.fixture(scope="module")
def rigs(needs_verilator: None) -> Iterator[Callable[[int, Build], BankRig]]:
    """One rig for each build, made at its first use and reset at each."""
    made: dict[tuple[int, Build], BankRig] = {}

    def take(width: int, build: Build) -> BankRig:
        rig = made.setdefault((width, build), BankRig(width, build))
        rig.lib.rig_reset(rig.handle)
        return rig

    yield take
    for rig in made.values():
        rig.close()


def run(rig: BankRig, bank: Bank, rows: np.ndarray, stalls: tuple[int, int]) -> Results:
    found = rig.stream(
        beats_of(rows), len(rows) * len(bank.weights), in_stall=stalls[0], out_stall=stalls[1]
    )
    assert found.broken == 0, "the handshake was broken"
    return found


def count_shapes(
    rig: BankRig, shapes: list[tuple[int, int, int]], count: int, seed: int
) -> tuple[int, int]:
    """Results compared and saturated ones among them; none may differ."""
    rng = np.random.default_rng(seed)
    compared = saturated = 0
    for shape in shapes:
        for extreme in (False, True):
            for stalls in STALLS:
                bank = make_bank(rng, *shape, extreme=extreme)
                rig.lib.rig_reset(rig.handle)
                rig.load(bank)
                rows = make_rows(rng, count, shape[1], int(rng.choice([rig.width, 32])), extreme)
                found = run(rig, bank, rows, stalls)
                assert Oracle(bank, rows, rig.width).differences(found) == 0, (shape, stalls)
                compared += found.count
                saturated += int(found.saturated.sum())
    return compared, saturated


def test_the_oracle_is_the_bank(rigs: Callable[[int, Build], BankRig]) -> None:
    rng = np.random.default_rng(1)
    for shape in SHAPES:
        for extreme in (False, True):
            bank = make_bank(rng, *shape, extreme=extreme)
            rows = make_rows(rng, 12, shape[1], 32, extreme)
            oracle = Oracle(bank, rows, 32)
            scores = [bank.scores([float(x) for x in row]) for row in rows]
            signals = [bank.signals([float(x) for x in row]) for row in rows]
            assert oracle.score.tolist() == [s for row in scores for s in row or []]
            assert oracle.signal.tolist() == [s for row in signals for s in row]


def test_the_small_build_is_bit_equal(rigs: Callable[[int, Build], BankRig]) -> None:
    compared, saturated = count_shapes(rigs(18, SMALL), [(1, 8, 0), (1, 3, 0)], 300, 2)
    assert compared == 4800
    assert 0 < saturated < compared


def test_the_full_build_is_bit_equal(rigs: Callable[[int, Build], BankRig]) -> None:
    compared, saturated = count_shapes(rigs(25, FULL), SHAPES, 12, 3)
    assert compared == 8 * 12 * sum(shape[0] for shape in SHAPES)
    assert 0 < saturated < compared


def test_all_of_int32_is_bit_equal(rigs: Callable[[int, Build], BankRig]) -> None:
    """FW = 32 never clips an input, and a hidden unit is clamped just as the bank does."""
    compared, saturated = count_shapes(rigs(32, FULL), SHAPES, 12, 4)
    assert compared == 8 * 12 * sum(shape[0] for shape in SHAPES)
    assert saturated == 0


@pytest.mark.parametrize(("width", "build"), [(18, SMALL), (25, FULL)])
def test_a_million_vectors(rigs: Callable[[int, Build], BankRig], width: int, build: Build) -> None:
    rig = rigs(width, build)
    rng = np.random.default_rng(5)
    differences = compared = 0
    for part in range(10):
        bank = make_bank(rng, 1, 8, extreme=part == 9)
        rig.lib.rig_reset(rig.handle)
        rig.load(bank)
        rows = make_rows(rng, VECTORS // 10, 8, width, extreme=part == 9)
        found = run(rig, bank, rows, (0, 0) if part % 2 else (20, 20))
        differences += Oracle(bank, rows, width).differences(found)
        compared += found.count
    assert (compared, differences) == (VECTORS, 0)


@pytest.mark.parametrize(("width", "build"), [(18, SMALL), (25, FULL)])
def test_one_row_a_clock_in_the_stated_latency(
    rigs: Callable[[int, Build], BankRig], width: int, build: Build
) -> None:
    rig = rigs(width, build)
    bank = make_bank(np.random.default_rng(6), 1, 8)
    rig.load(bank)
    rows = make_rows(np.random.default_rng(7), 500, 8)
    found = run(rig, bank, rows, (0, 0))
    assert (np.diff(found.taken) == 1).all(), "a bubble at the input"
    assert (found.given - found.taken == build.latency).all()
    assert build.latency == (7 if build == SMALL else 8)
    # a lone row takes the same
    for row in rows[:3]:
        alone = run(rig, bank, row[None, :], (0, 0))
        assert alone.given[0] - alone.taken[0] == build.latency


@pytest.mark.parametrize("shape", SHAPES)
def test_clocks_of_every_shape(
    rigs: Callable[[int, Build], BankRig], shape: tuple[int, int, int]
) -> None:
    """One chunk of one strategy a clock, without bubbles; a hidden layer as `clocks` says."""
    rig = rigs(25, FULL)
    bank = make_bank(np.random.default_rng(8), *shape)
    packed = rig.load(bank)
    rows = make_rows(np.random.default_rng(9), 6, shape[1])
    found = run(rig, bank, rows, (0, 0))
    firsts = found.given[:: shape[0]]
    assert (np.diff(firsts) == packed.clocks).all()
    if not shape[2]:
        assert firsts[0] - found.taken[packed.beats - 1] == FULL.latency


def test_tags_and_sequence_travel_with_the_row(rigs: Callable[[int, Build], BankRig]) -> None:
    rig = rigs(25, FULL)
    bank = make_bank(np.random.default_rng(10), 3, 17)
    rig.load(bank)
    rows = make_rows(np.random.default_rng(11), 40, 17)
    tags = np.random.default_rng(12).integers(0, 2**63, 120, dtype=np.uint64)
    found = rig.stream(beats_of(rows), 120, tags=tags, in_stall=30, out_stall=50)
    assert found.tag.tolist() == np.repeat(tags[2::3], 3).tolist()
    assert found.row.tolist() == np.repeat(np.arange(40), 3).tolist()


@pytest.mark.parametrize(
    ("width", "build", "old", "new"),
    [
        (18, SMALL, (1, 8, 0), (1, 3, 0)),
        (25, FULL, (1, 8, 0), (1, 8, 0)),
        (25, FULL, (5, 8, 0), (64, 3, 0)),
        (25, FULL, (3, 30, 0), (3, 30, 12)),
        (25, FULL, (2, 20, 9), (4, 20, 0)),
    ],
)
@pytest.mark.parametrize("stalls", STALLS)
def test_no_row_sees_a_mixture_at_commit(
    rigs: Callable[[int, Build], BankRig],
    width: int,
    build: Build,
    old: tuple[int, int, int],
    new: tuple[int, int, int],
    stalls: tuple[int, int],
) -> None:
    """Words are written and committed under load; each row is of the old bank or of the new."""
    rig = rigs(width, build)
    rng = np.random.default_rng(13)
    first, second = make_bank(rng, *old), make_bank(rng, *new)
    packed = rig.load(first)
    rig.plan(second, from_beat=20)
    beats = packed.beats
    assert beats == -(-new[1] // 8)
    count = 4500 // packed.clocks + 200  # a word is written each clock, up to 3 520 of them
    rows = make_rows(rng, count, old[1], width)
    rows[:, new[1] :] = 0
    most = max(len(first.weights), len(second.weights))
    found = rig.stream(
        beats_of(rows), count * most, in_stall=stalls[0], out_stall=stalls[1], clocks_max=60_000
    )
    assert found.broken == 0
    turned = rig.lib.rig_beats_at_commit(rig.handle)
    assert turned % beats == 0, "a row was cut"
    turn = turned // beats
    assert 5 < turn < count
    before = Oracle(first, rows[:turn], width)
    after = Oracle(second, rows[turn:, : new[1]], width)
    places = turn * old[0]
    for name in ("score", "signal", "votes", "strategy", "last", "saturated"):
        want = np.concatenate([getattr(before, name), getattr(after, name)])[: found.count]
        assert (getattr(found, name) == want).all(), name
    assert found.count > places, "no row came after the commit"


def test_reset_in_mid_stream_leaves_nothing_behind(
    rigs: Callable[[int, Build], BankRig],
) -> None:
    rng = np.random.default_rng(14)
    for width, build, shapes in ((18, SMALL, [(1, 8, 0)]), (25, FULL, [(5, 20, 0), (3, 20, 9)])):
        for clocks in (1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 200):
            for shape in shapes:
                rig = rigs(width, build)
                rig.load(make_bank(rng, *shape))
                beats = beats_of(make_rows(rng, 300, shape[1]))
                rig.stream(beats, 9999, in_stall=20, out_stall=50, clocks_max=clocks)
                rig.lib.rig_reset(rig.handle)
                silent = rig.stream(beats[:4], 1, clocks_max=30)
                assert silent.count == 0
                assert rig.lib.rig_dropped(rig.handle) == 4
                bank = make_bank(rng, *shape)
                rig.load(bank)
                rows = make_rows(rng, 10, shape[1])
                found = rig.stream(beats_of(rows), 10 * shape[0])
                assert Oracle(bank, rows, width).differences(found) == 0


def test_without_strategies_rows_are_dropped_and_counted(
    rigs: Callable[[int, Build], BankRig],
) -> None:
    rig = rigs(25, FULL)
    rig.load(make_bank(np.random.default_rng(15), 2, 8))
    rig.settings(0, 17)
    assert rig.commit() >= 0
    found = rig.stream(beats_of(make_rows(np.random.default_rng(16), 10, 17)), 1, clocks_max=60)
    assert found.count == 0
    assert rig.lib.rig_dropped(rig.handle) == 10


@pytest.mark.parametrize(
    ("width", "build", "wrong"),
    [
        (25, FULL, (65, 8, 0, 0)),
        (25, FULL, (1, 0, 0, 0)),
        (25, FULL, (1, 33, 0, 0)),
        (25, FULL, (1, 8, 33, 0)),
        (25, FULL, (1, 8, 1, 48)),
        (18, SMALL, (2, 8, 0, 0)),
        (18, SMALL, (1, 9, 0, 0)),
        (18, SMALL, (1, 8, 1, 0)),
    ],
)
def test_settings_that_do_not_fit_are_refused(
    rigs: Callable[[int, Build], BankRig],
    width: int,
    build: Build,
    wrong: tuple[int, int, int, int],
) -> None:
    """The error stays until a good commit, and the old bank stays active."""
    rig = rigs(width, build)
    rng = np.random.default_rng(17)
    bank = make_bank(rng, 1, 8)
    packed = rig.load(bank)
    rig.settings(*wrong)
    assert rig.commit() == 0
    assert rig.lib.rig_commit_error(rig.handle) == 1
    rows = make_rows(rng, 10, 8)
    found = run(rig, bank, rows, (0, 0))
    assert Oracle(bank, rows, width).differences(found) == 0
    assert rig.lib.rig_commit_error(rig.handle) == 1
    rig.load(bank)
    assert packed.strategies == 1
    assert rig.lib.rig_commit_error(rig.handle) == 0


def test_back_pressure_for_ever_holds_a_commit_and_loses_nothing(
    rigs: Callable[[int, Build], BankRig],
) -> None:
    rig = rigs(25, FULL)
    rng = np.random.default_rng(18)
    bank = make_bank(rng, 5, 8)
    packed = rig.load(bank)
    rows = make_rows(rng, 12, 8)
    blocked = rig.stream(beats_of(rows), 60, out_stall=100, clocks_max=300)
    assert blocked.count == 0
    rig.settings(packed.strategies, packed.inputs)
    assert rig.commit(200) == -1, "a row is still inside"
    # the rows that got in come out in order, by the old bank
    found = rig.stream(beats_of(rows[:0]), 60, clocks_max=300)
    taken = found.count // 5
    assert 2 <= taken < 12
    assert Oracle(bank, rows[:taken], 25).differences(found) == 0
    assert rig.commit() >= 0
