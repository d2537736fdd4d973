"""Sections of the report about the run itself: latency, book, codes, and what it leaves open."""

from tickpath.backtest.plots import SMALL, histogram
from tickpath.backtest.reports.page import bullets, grid, note, section, table
from tickpath.backtest.reports.words import counts_text, duration, span_ns
from tickpath.backtest.result import Result

DAY_NS = 86_400 * 10**9
PLACES = (
    "queue positions between two depth messages are estimates",
    "queue positions are exact only for displayed single orders that would all have come as they "
    "did",
)


def latency_rows(result: Result) -> list[tuple[object, ...]]:
    """Stage, p50, p99, p99.9 and max in ns as text."""
    order = ("p50", "p99", "p99_9", "max")
    stages = {"whole input": result.latency_ns, **result.stages_ns}
    return [(name, *(f"{v.get(k, 0):,.0f}" for k in order)) for name, v in stages.items() if v]


def latency_section(result: Result) -> str:
    """Percentiles and histograms of the walk."""
    rows = latency_rows(result)
    if not rows:
        return section("latency", "Latency", [note("Not measured on this engine.")])
    figures = [histogram(name.removeprefix("Latency, "), floors, counts, size=SMALL)
               for name, (floors, counts) in result.histograms.items()]  # fmt: skip
    return section("latency", "Latency of the walk", [
        table(rows, ("ns", "p50", "p99", "p99.9", "max")),
        grid(figures, "three"),
        note("In process, from the frame's bytes to the order's bytes, a stamp after every stage "
             "included. A stage counts the inputs that reached it. The way to a venue is not in "
             "it."),
    ])  # fmt: skip


def health_section(result: Result) -> str:
    """Book counters and codes."""
    codes = [(k, f"{v:,}") for k, v in result.codes.items()]
    book = [(k, f"{v:,}") for k, v in result.book.items()]
    return section("health", "Book and codes", [grid([
        table(book, ("book", "count")),
        table(codes, ("inputs, intents, reports", "count")),
    ])])  # fmt: skip


def identity_section(result: Result) -> str:
    """What a second run of the same must show as well."""
    rows: list[tuple[object, ...]] = [
        ("engine", result.engine),
        ("events", f"{result.events:,}"),
        ("orders sent, cancels and replaces included", f"{result.orders:,}"),
        ("rejects", counts_text(result.rejects)),
        ("refused by the venue", counts_text(result.venue_rejects)),
        ("position at the end", ", ".join(f"{k} {v}" for k, v in result.positions().items())),
        ("configuration", result.config.hash()),
        ("model", result.config.model.label or "none"),
        ("seed", result.config.seed),
        ("decisions hash", result.decisions_hash),
        ("state hash", result.state_hash),
        ("wall time", duration(result.wall_s * 1e9)),
        ("peak memory", f"{result.peak_rss_mib:.0f} MiB"),
    ]
    return section("run", "The run", [table(rows)])


def untold(result: Result) -> list[str]:
    """What a reader must not conclude from this run."""
    sim, span = result.config.sim, span_ns(result)
    found = [
        "Fills are simulated. On recorded data our orders change nothing, other traders do not "
        f"answer them, and {PLACES[sim.queue == 'fifo']}: for passive orders the result is an "
        "upper bound.",
        f"The way to the venue is a model ({sim.latency}): orders {duration(sim.order_latency_ns)},"
        f" answers {duration(sim.response_latency_ns)}, market data "
        f"{duration(sim.feed_latency_ns)}, jitter up to {duration(sim.latency_jitter_ns)}; "
        f"queue model {sim.queue!r}. A real way has tails and bursts.",
        f"{duration(span)} of simulated time"
        + (" is less than a day: no day, week or regime is in it." if span < DAY_NS else
           " is one sample of one period."),
        "If parameters were chosen on this data, every figure here flatters them; only data that "
        "was never looked at can tell.",
        "Intervals of confidence speak of noise within this run, not of a market that changes.",
        "Funding, borrowing, taxes, withdrawal and outages are not in the profit unless the data "
        "brought them.",
    ]  # fmt: skip
    gaps = result.book.get("gaps", 0)
    if gaps:
        found.append(f"The data has {gaps:,} gaps: what happened in them is not in the run.")
    checked, equal = result.book.get("bbo_checked", 0), result.book.get("bbo_equal", 0)
    if checked > equal:
        found.append(f"In {checked - equal:,} of {checked:,} comparisons the book differed from "
                     "the venue's own best prices.")  # fmt: skip
    if not result.fills:
        found.append("Nothing was filled: no figure of execution says anything.")
    return found


def untold_section(result: Result) -> str:
    return section("limits", "What this run does not tell you", [bullets(untold(result))])
