"""Faults planted in the kernels and headers: the ladder must find each. A compiler finds none.

Each runs in a process of its own, because a fault may end it; `rung` is where it must be seen:
`shim` (source, all orders of threads) or `ptx` (a compiler's output, with the race check).
"""

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from emu_build import QUICK, SWEEPS, ptx_library, source_library
from verdicts import Judge

from tickpath.devices.gpu import kernels

ROWS, BANK = "features/rows.cu", "strategy/bank.cu"
ROWS_H, BANK_H = "include/tickpath/rows.h", "include/tickpath/bank.h"
TAKERS, TAKERS_H = "backtest/takers.cu", "include/tickpath/takers.h"
MAKERS, MAKERS_H = "backtest/makers.cu", "include/tickpath/makers.h"
MAKER_VENUE_H, MAKER_STATE_H = "include/tickpath/maker_venue.h", "include/tickpath/maker_state.h"
SWEEP_H = "include/tickpath/sweep.h"
PATHS, PATHS_H, NORMAL_H = (
    "risk/paths.cu", "include/tickpath/paths.h", "include/tickpath/normal.h"
)  # fmt: skip
COUNTS, COLLECT, TAIL_H = (
    "risk/tail_counts.cu", "risk/tail_collect.cu", "include/tickpath/tail.h"
)  # fmt: skip
COVARIANCE, EWMA_H = "risk/covariance.cu", "include/tickpath/ewma.h"
MOMENTS, MOMENTS_H = "features/moments.cu", "include/tickpath/moments.h"
CORRELATIONS = "features/correlations.cu"
AVERAGES, AVERAGES_H = "features/averages.cu", "include/tickpath/averages.h"
TAILS = ("tail_counts", "tail_collect", "paths")
INCLUDED = re.compile(r"#include <(tickpath/[a-z_]+\.h)>")


@dataclass(frozen=True, kw_only=True)
class Mutant:
    """Text of a file and what stands there instead; words of the answer, where there is one."""

    file: str
    old: str
    new: str
    rung: str = "shim"
    words: str = ""


RACE = "shared race"
MUTANTS = {
    "barrier dropped": Mutant(
        file=BANK, old="__syncthreads();", new=";", rung="ptx", words="shared memory read before"
    ),
    "barrier dropped, by order": Mutant(file=BANK, old="__syncthreads();", new=";"),
    "return before the barrier": Mutant(
        file=BANK,
        old="    __syncthreads();",
        new="    if ((int32_t)(blockIdx.x * blockDim.x + threadIdx.x) >= row_count) return;\n"
        "    __syncthreads();",
        words="barrier divergence",
    ),
    "table copied short": Mutant(file=BANK, old="k < TABLE_WORDS", new="k < TABLE_WORDS - 1"),
    "table copied by one thread too few": Mutant(
        file=BANK, old="k = threadIdx.x; k <", new="k = threadIdx.x + 1; k <"
    ),
    "all threads copy all": Mutant(
        file=BANK,
        old="k = threadIdx.x; k < TABLE_WORDS; k += blockDim.x",
        new="k = 0; k < TABLE_WORDS; ++k",
        rung="ptx",
        words=RACE,
    ),
    "shared table too small": Mutant(
        file=BANK, old="words[TABLE_WORDS];", new="words[TABLE_WORDS - 1];"
    ),
    "shared table too small, compiled": Mutant(
        file=BANK,
        old="words[TABLE_WORDS];",
        new="words[TABLE_WORDS - 1];",
        rung="ptx",
        words="out of range",
    ),
    "rows unguarded": Mutant(file=BANK, old="r < row_count;", new="r < row_count + 200;"),
    "last row left out": Mutant(file=BANK, old="r < row_count;", new="r < row_count - 1;"),
    "block index forgotten": Mutant(
        file=BANK, old="blockIdx.x * blockDim.x + threadIdx.x; r", new="threadIdx.x; r"
    ),
    "features by row": Mutant(
        file=BANK, old="features + r, row_count", new="features + r * table->input_count, 1"
    ),
    "half dropped": Mutant(file=BANK_H, old="sum = (sum + half) >> t", new="sum = sum >> t"),
    "units not clamped below": Mutant(file=BANK_H, old="sum < 0 ? 0 :", new=""),
    "units not clamped above": Mutant(
        file=BANK_H, old="(sum > 2147483647 ? 2147483647 : (int32_t)sum)", new="(int32_t)sum"
    ),
    "not a number taken": Mutant(file=BANK_H, old="if (x != x)", new="if (0)"),
    "rounded half up": Mutant(
        file=BANK_H,
        old="((x + 6755399441055744.0) - 6755399441055744.0)",
        new="(x < 0 ? x - 0.5 : x + 0.5)",
    ),
    "products of 32 bits": Mutant(
        file=BANK_H,
        old="(int64_t)weights[k] * (int64_t)row[k]",
        new="(int32_t)((uint32_t)weights[k] * (uint32_t)row[k])",
    ),
    "symbols unguarded": Mutant(file=ROWS, old="s < symbol_count;", new="s < symbol_count + 64;"),
    "series by time": Mutant(
        file=ROWS,
        old="prices + s, stride, t)",
        new="prices + s * time_count, 1, t)",
    ),
    "newest sample left out": Mutant(file=ROWS, old="t < time_count", new="t < time_count - 1"),
    "windows share the first": Mutant(file=ROWS, old="windows[w]", new="windows[0]"),
    "windows exchanged": Mutant(
        file=ROWS, old="out[w * stride + s]", new="out[s * window_count + w]"
    ),
    "window longer by one": Mutant(
        file=ROWS_H, old="int full = w->count >= p->period", new="int full = w->count > p->period"
    ),
    "skipped samples leave": Mutant(
        file=ROWS_H, old="} while (!tp_row_usable(leaving));", new="} while (0);"
    ),
    "unusable sample taken": Mutant(
        file=ROWS_H, old="    if (!tp_row_usable(x))\n        return;", new=""
    ),
    "anchor kept": Mutant(file=ROWS_H, old="        w->anchor = w->anchor_next;\n", new=""),
    "warm too early": Mutant(
        file=ROWS_H, old="if (w->count < p->period ||", new="if (w->count < p->period - 1 ||"
    ),
    "rounding taken for variance": Mutant(
        file=ROWS_H, old="larger - smaller > TP_ROW_NOISE * larger", new="larger - smaller > 0"
    ),
    "empty quote divides": Mutant(
        file=ROWS_H,
        old="total > 0.0 ? (bid_quantity - ask_quantity) / total : 0.0",
        new="(bid_quantity - ask_quantity) / total",
    ),
    "sets unguarded": Mutant(file=TAKERS, old="k < set_count;", new="k < set_count + 64;"),
    "last set left out": Mutant(file=TAKERS, old="k < set_count;", new="k < set_count - 1;"),
    "last event left out": Mutant(
        file=TAKERS, old="t < plan->event_count", new="t < plan->event_count - 1"
    ),
    "sets share their rows": Mutant(
        file=TAKERS, old="fills + k * plan->fill_rows", new="fills + 0 * plan->fill_rows"
    ),
    "equity by set": Mutant(
        file=TAKERS,
        old="equity[taken++ * set_count + k]",
        new="equity[k * plan->sample_count + taken++]",
    ),
    "first sample averaged": Mutant(
        file=TAKERS, old="slow = samples == 0 ? x : tp", new="slow = samples < 0 ? x : tp"
    ),
    "averages warm too early": Mutant(
        file=TAKERS, old="samples < set.slow_period", new="samples + 1 < set.slow_period"
    ),
    "sleeping sets that try": Mutant(
        file=TAKERS,
        old="if (tp_taker_wakes(&walk, &set, side))",
        new="if (side != 0 && side != walk.side)",
    ),
    "fills without bound": Mutant(
        file=TAKERS_H, old="if (w->fills < p->fill_rows) {", new="if (p->fill_rows > 0) {"
    ),
    "report lost": Mutant(
        file=TAKERS,
        old="tp_taker_end(&view, &walk, &results[k]);",
        new="walk.due -= walk.next < walk.due;\n        tp_taker_end(&view, &walk, &results[k]);",
    ),
    "reports before their time": Mutant(
        file=TAKERS_H, old=".t_ns <= t_ns) {", new=".t_ns <= t_ns + 900000) {"
    ),
    "first side traded": Mutant(
        file=TAKERS_H, old="w->side != 0 ? s->tries_max : 0", new="s->tries_max"
    ),
    "book that is not there yet": Mutant(file=SWEEP_H, old="return low - 1;", new="return low;"),
    "half units up": Mutant(
        file=SWEEP_H, old="half + (twice & half & 1)", new="half + (twice & 1)"
    ),
    "messages overtake": Mutant(
        file=SWEEP_H, old="*newest = at > *newest ? at : *newest;", new="*newest = at;"
    ),
    "upper words forgotten": Mutant(
        file=SWEEP_H, old="    if (high != other)\n        return high > other;\n", new=""
    ),
    "tokens never come back": Mutant(
        file=SWEEP_H,
        old="(a->full_ns[k] > now_ns ? a->full_ns[k] : now_ns)",
        new="(a->full_ns[k] > 0 ? a->full_ns[k] : now_ns)",
    ),
    "makers unguarded": Mutant(file=MAKERS, old="k < set_count;", new="k < set_count + 64;"),
    "makers share their rows": Mutant(
        file=MAKERS, old="orders + k * plan->order_rows", new="orders + 0 * plan->order_rows"
    ),
    "equity of makers by set": Mutant(
        file=MAKERS, old="equity + k, set_count", new="equity + k * plan->sample_count, 1"
    ),
    "request before the book": Mutant(
        file=MAKERS_H, old="} else if (lived <= request) {", new="} else if (lived < request) {"
    ),
    "queue of the first change": Mutant(
        file=MAKER_VENUE_H,
        old="low > first ? v->changes[low - 1].lots : 0",
        new="v->changes[low].lots",
    ),
    "trades do not count as gone": Mutant(
        file=MAKER_VENUE_H, old="    o->traded += m->lots;\n", new=""
    ),
    "price passed the wrong way": Mutant(
        file=MAKER_VENUE_H,
        old="(o->price_ticks > m->price_ticks) == (o->side == 0)",
        new="(o->price_ticks > m->price_ticks) == (o->side != 0)",
    ),
    "replaced order stays": Mutant(
        file=MAKER_VENUE_H, old="    if (old != 0)\n        tp_maker_drop(w, place);\n", new=""
    ),
    "side in flight not waited for": Mutant(
        file=MAKERS_H,
        old="if (w->rows[k].state != TP_MAKER_LIVE) {",
        new="if (w->rows[k].state == TP_MAKER_NEW) {",
    ),
    "shift rounded to zero": Mutant(
        file=SWEEP_H, old="b < 0 ? -found - rest : found", new="b < 0 ? -found : found"
    ),
    "cancel takes an order's token": Mutant(
        file=MAKERS_H,
        old="tp_sweep_take(v->plan, &w->account, 2, e->t_ns);",
        new="tp_sweep_take(v->plan, &w->account, 0, e->t_ns);",
    ),
    "batch forgets its first order": Mutant(
        file=MAKERS_H, old="        i.open_orders += i.adds_order;\n", new=""
    ),
    "newest trade forgotten": Mutant(
        file=MAKERS_H,
        old="e->last_ticks = trades > 0 ? v->trades[trades - 1].price_ticks : 0;",
        new="",
    ),
    "margin not asked": Mutant(
        file=SWEEP_H, old="        <= equity;", new="        <= equity + gross;"
    ),
    "paths unguarded": Mutant(file=PATHS, old="p < path_count;", new="p < path_count + 32;"),
    "last path left out": Mutant(file=PATHS, old="p < path_count;", new="p < path_count - 1;"),
    "first path forgotten": Mutant(file=PATHS, old="(uint32_t)(first + p)", new="(uint32_t)p"),
    "odd deviate left out": Mutant(file=PATHS, old="(asset_count + 1) / 2", new="asset_count / 2"),
    "deviates for half of the assets": Mutant(
        file=PATHS, old="z[2 * TP_PATH_PAIR_MAX];", new="z[TP_PATH_PAIR_MAX];"
    ),
    "deviates for half of the assets, compiled": Mutant(
        file=PATHS, old="z[2 * TP_PATH_PAIR_MAX];", new="z[TP_PATH_PAIR_MAX];", rung="ptx"
    ),
    "run cut to 32 bits": Mutant(file=PATHS_H, old="(uint32_t)(s->run >> 32)", new="0u"),
    "nine rounds": Mutant(
        file=NORMAL_H, old="#define TP_PHILOX_ROUNDS 10", new="#define TP_PHILOX_ROUNDS 9"
    ),
    "product of 32 bits": Mutant(
        file=NORMAL_H, old="(uint64_t)0xD2511F53u * *w0", new="(uint64_t)(0xD2511F53u * *w0)"
    ),
    "probability may be 0": Mutant(file=NORMAL_H, old=" - 1.5 + 0x1p-53", new=" - 1.5"),
    "edges not mirrored": Mutant(
        file=NORMAL_H, old="return q < 0.0 ? -found : found;", new="return found;"
    ),
    "inverse taken for linear": Mutant(
        file=PATHS_H, old="exposure * (r / (1.0 + r))", new="exposure * r"
    ),
    "return below nothing": Mutant(
        file=PATHS_H, old="change > TP_RETURN_MIN ? change : TP_RETURN_MIN", new="change"
    ),
    "diagonal left out": Mutant(file=PATHS_H, old="j < end;", new="j < end - 1;"),
    "counted behind the end": Mutant(file=COUNTS, old="k < count;", new="k < count + 1;"),
    "last not counted": Mutant(file=COUNTS, old="k < count;", new="k < count - 1;"),
    "counted without the others": Mutant(
        file=COUNTS,
        old="atomicAdd(&counts[tp_tail_bin(numbers[k])], 1)",
        new="counts[tp_tail_bin(numbers[k])] = 1",
    ),
    "negative numbers in their own order": Mutant(file=TAIL_H, old="bits >> 63 ? ~bits : ", new=""),
    "not a number first": Mutant(file=TAIL_H, old=": TP_TAIL_BINS - 1", new=": 0"),
    "last bin not collected": Mutant(
        file=COLLECT, old="tp_tail_bin(x) <= last", new="tp_tail_bin(x) < last"
    ),
    "all collected": Mutant(file=COLLECT, old="if (tp_tail_bin(x) <= last)", new="if (1)"),
    "collected by two at one place": Mutant(
        file=COLLECT, old="atomicAdd(taken, 1)", new="*taken + 0 * (*taken += 1)"
    ),
    "room not looked at": Mutant(
        file=COLLECT, old="if (place < room)", new="if (place + 1 < room)"
    ),
    "last number not collected": Mutant(file=COLLECT, old="k < count;", new="k < count - 1;"),
    "assets unguarded": Mutant(file=COVARIANCE, old="j < asset_count;", new="j < asset_count + 9;"),
    "rows of a tile unguarded": Mutant(
        file=COVARIANCE, old="if (top + k < asset_count)", new="if (1)"
    ),
    "rows read behind the end": Mutant(
        file=COVARIANCE, old="top + k < asset_count ? top + k : asset_count - 1", new="top + k"
    ),
    "last sample forgotten": Mutant(
        file=COVARIANCE, old="                        before[k] = start + t;\n", new=""
    ),
    "missing sample taken": Mutant(file=COVARIANCE, old="if (own == own)", new="if (1)"),
    "pairs counted twice": Mutant(
        file=EWMA_H, old="j <= i && change == change", new="change == change"
    ),
    "missing other taken": Mutant(file=EWMA_H, old="j <= i && change == change", new="j <= i"),
    "silence decays once": Mutant(
        file=EWMA_H,
        old="now - before > 1 ? tp_ewma_power(decay, now - before) : decay",
        new="decay",
    ),
    "never swept": Mutant(
        file=EWMA_H, old="before >> TP_EWMA_SWEEP_SHIFT != now >> TP_EWMA_SWEEP_SHIFT", new="0"
    ),
    "gain on both returns": Mutant(
        file=EWMA_H, old="decay * c + gain * other", new="c + gain * (other - c)"
    ),
    "windows of moments share the first": Mutant(file=MOMENTS, old="periods[w]", new="periods[0]"),
    "symbols of moments unguarded": Mutant(
        file=MOMENTS, old="s < symbol_count;", new="s < symbol_count + 64;"
    ),
    "skewness and kurtosis exchanged": Mutant(
        file=MOMENTS, old="found, found + stride", new="found + stride, found"
    ),
    "newest price of another symbol": Mutant(
        file=MOMENTS,
        old="prices[(time_count - 1) * stride + s]",
        new="prices[(time_count - 1) * stride]",
    ),
    "cube wrong": Mutant(file=MOMENTS_H, old="in2 * in - out2 * out;", new="in2 * in - out * out;"),
    "cube in another order": Mutant(
        file=MOMENTS_H, old="3.0 * m1 * m2 + 2.0", new="3.0 * (m1 * m2) + 2.0"
    ),
    "anchor of moments kept": Mutant(
        file=MOMENTS_H, old="        w->anchor = w->anchor_next;\n", new=""
    ),
    "flat window divides": Mutant(
        file=MOMENTS_H, old="c2 > 0.0 ? c4 / (c2 * c2) - 3.0 : 0.0", new="c4 / (c2 * c2) - 3.0"
    ),
    "others exchanged": Mutant(file=CORRELATIONS, old="ys + o, ny", new="ys + o * time_count, 1"),
    "symbols of correlations unguarded": Mutant(
        file=CORRELATIONS, old="s < symbol_count;", new="s < symbol_count + 64;"
    ),
    "last time left out of pairs": Mutant(
        file=CORRELATIONS, old="t < time_count", new="t < time_count - 1"
    ),
    "one number of a pair not looked at": Mutant(
        file=MOMENTS_H,
        old="if (!tp_row_usable(x) || !tp_row_usable(y))\n        return;",
        new="if (!tp_row_usable(x))\n        return;",
    ),
    "skipped pairs leave": Mutant(
        file=MOMENTS_H,
        old="while (!tp_row_usable(out_x) || !tp_row_usable(out_y));",
        new="while (0);",
    ),
    "doubling barrier dropped": Mutant(
        file=AVERAGES,
        old="                side = 1 - side;\n                __syncthreads();",
        new="                side = 1 - side;",
        rung="ptx",
        words="shared memory read before",
    ),
    "doubling barrier dropped, by order": Mutant(
        file=AVERAGES,
        old="                side = 1 - side;\n                __syncthreads();",
        new="                side = 1 - side;",
    ),
    "barrier of the first ends dropped": Mutant(
        file=AVERAGES,
        old="x + place, count);\n            __syncthreads();",
        new="x + place, count);",
        rung="ptx",
        words=RACE,
    ),
    "tile begins in the half of the last": Mutant(
        file=AVERAGES,
        old="reach < TP_SCAN_LANES; reach *= 2",
        new="reach < TP_SCAN_LANES / 2; reach *= 2",
        rung="ptx",
        words=RACE,
    ),
    "average not carried": Mutant(file=AVERAGES, old="lane ? 0.0 : average", new="0.0"),
    "power not doubled": Mutant(file=AVERAGES, old="                power *= power;\n", new=""),
    "last series left out": Mutant(
        file=AVERAGES, old="s < symbol_count;", new="s < symbol_count - 1;"
    ),
    "items behind the end": Mutant(
        file=AVERAGES_H, old="left < TP_SCAN_ITEMS ? left : TP_SCAN_ITEMS", new="TP_SCAN_ITEMS"
    ),
    "seed of one sample": Mutant(file=AVERAGES_H, old="sum / (double)p->seed", new="sum"),
    "reach of one more": Mutant(
        file=AVERAGES_H, old="power * ends[lane - reach] :", new="power * ends[lane - reach + 1] :"
    ),
}


def touched(file: str) -> tuple[str, ...]:
    """Kernels that a file is part of; tails are of paths."""
    folder = kernels.source_folder()
    found = {
        name for name, place in kernels.KERNELS.items() if folder / file in parts_of(folder / place)
    }
    if found & set(TAILS):
        found |= {"paths", *TAILS}
    return tuple(name for name in kernels.KERNELS if name in found)


def parts_of(source: Path) -> set[Path]:
    """A source and every header that it includes."""
    headers = [
        kernels.source_folder() / "include" / name for name in INCLUDED.findall(source.read_text())
    ]
    return {source}.union(*map(parts_of, headers))


def units(names: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Kernels that are built together, the quick ones first."""
    quick = tuple(name for name in names if name not in SWEEPS)
    yield from filter(None, [quick, *((name,) for name in SWEEPS if name in names)])


def judged(cuda: Path, rung: str, names: tuple[str, ...], judge: Judge, ready: Path) -> str:
    """What is found first; a kernel that takes long to compile is only asked when none before it
    found anything."""
    for place, unit in enumerate(units(names)):
        found = judge.verdict(built(cuda, f"{rung}{place}", unit, ready), unit)
        if found:
            return found
    return ""


def built(cuda: Path, name: str, unit: tuple[str, ...], ready: Path) -> Path:
    out = cuda.parent / f"{name}.so"
    if name.startswith("shim"):
        return source_library(out, cuda, unit, ready)
    found = kernels.compilers()
    if not found:
        pytest.skip(kernels.NO_COMPILER)
    return ptx_library(out, cuda, found[-1], kernels.FLAGS, unit, ready)


@pytest.mark.slow
@pytest.mark.parametrize("names", [QUICK, SWEEPS], ids=["quick", "sweeps"])
@pytest.mark.parametrize("rung", ["shim", "ptx"])
def test_the_kernels_themselves_pass(
    request: pytest.FixtureRequest, rung: str, names: tuple[str, ...], judge: Judge
) -> None:
    if rung == "shim":
        library = request.getfixturevalue("sweeps" if names == SWEEPS else "shim")
    else:
        compiler = request.getfixturevalue("compilers")[-1]
        library = request.getfixturevalue("ptx")(compiler, names)
    assert judge.verdict(library, names) == ""


@pytest.mark.slow
@pytest.mark.parametrize("name", MUTANTS)
def test_a_planted_fault_is_found(tmp_path: Path, name: str, judge: Judge, ready: Path) -> None:
    mutant = MUTANTS[name]
    cuda = tmp_path / "cuda"
    shutil.copytree(kernels.source_folder(), cuda)
    text = (cuda / mutant.file).read_text()
    assert text.count(mutant.old) == 1, "the planted fault has no place"
    (cuda / mutant.file).write_text(text.replace(mutant.old, mutant.new))
    found = judged(cuda, mutant.rung, touched(mutant.file), judge, ready)
    assert found, "the fault was not found"
    assert mutant.words in found
