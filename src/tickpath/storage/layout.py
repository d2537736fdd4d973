"""Names of the store: partitions, parts, days. A listing tells everything but the rows themselves.

    venue=binance-spot/symbol=BTCUSDT/date=2024-08-08/
        part-<first>-<last>-<number>-<rows>-g<n>.parquet

`first` and `last` are the receive times (ns) of the first and the last row, `number` counts the
parts of a partition, `g` is the generation: 0 as written, higher when compaction made it of others.
A part hides every part of a lower generation whose times lie inside its own, so that a compaction
that was killed between its new part and the removal of the old ones doubles nothing. Symbols are
percent-encoded as in a URL. What is being written is below `_tmp/`; other names are strangers.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from urllib.parse import quote, unquote

from tickpath.core.errors import ConfigError

NS_PER_DAY = 86_400 * 10**9
TEMPORARY = "_tmp"
PART = re.compile(r"part-(\d{19})-(\d{19})-(\d{6})-(\d{1,12})-g(\d{1,6})\.parquet")
FOLDER = re.compile(r"venue=([^/]+)/symbol=([^/]+)/date=(\d{4}-\d{2}-\d{2})")
NAME = re.compile(r"[A-Za-z0-9_.:/+-]{1,64}")
EPOCH = date(1970, 1, 1)


@dataclass(frozen=True, slots=True, order=True)
class Partition:
    """One day (UTC) of one symbol at one venue."""

    venue: str
    symbol: str
    date: str

    @property
    def folder(self) -> str:
        """Below the store's root."""
        venue, symbol = quote(self.venue, safe=""), quote(self.symbol, safe="")
        return f"venue={venue}/symbol={symbol}/date={self.date}"

    def __str__(self) -> str:
        return f"{self.venue} {self.symbol} {self.date}"


@dataclass(frozen=True, slots=True)
class Part:
    """One file; `size` in bytes."""

    partition: Partition
    first_ns: int
    last_ns: int
    number: int
    rows: int
    generation: int
    size: int = 0

    @property
    def name(self) -> str:
        return (
            f"part-{self.first_ns:019d}-{self.last_ns:019d}-{self.number:06d}-{self.rows}"
            f"-g{self.generation}.parquet"
        )

    @property
    def path(self) -> str:
        """Below the store's root."""
        return f"{self.partition.folder}/{self.name}"

    def overlaps(self, first_ns: int, last_ns: int) -> bool:
        """Whether rows of these times do not simply follow or precede it. A time that both share
        is allowed where one ends and the other begins, and each goes on beyond it."""
        shared = self.first_ns < first_ns and last_ns > self.last_ns
        after = first_ns > self.last_ns or (first_ns == self.last_ns and shared)
        shared = first_ns < self.first_ns and self.last_ns > last_ns
        before = last_ns < self.first_ns or (last_ns == self.first_ns and shared)
        return not (after or before)

    def hides(self, other: "Part") -> bool:
        """Whether the other was merged into this one."""
        return (
            self.generation > other.generation
            and self.first_ns <= other.first_ns
            and other.last_ns <= self.last_ns
        )


def order(part: Part) -> tuple[int, int, int]:
    """Parts of a partition in the order of their rows."""
    return part.first_ns, part.last_ns, part.number


def visible(parts: Iterable[Part]) -> tuple[list[Part], list[Part]]:
    """The parts of one partition that count, in order, and the hidden ones."""
    found = list(parts)
    merged = [q for q in found if q.generation]
    hidden = [p for p in found if any(q.hides(p) for q in merged)]
    gone = {p.name for p in hidden}
    return sorted((p for p in found if p.name not in gone), key=order), hidden


def parse(path: str, size: int) -> Part | None:
    """A part by its path below the root, None for any other file."""
    folder, _, name = path.rpartition("/")
    place, found = FOLDER.fullmatch(folder), PART.fullmatch(name)
    if place is None or found is None:
        return None
    partition = Partition(unquote(place[1]), unquote(place[2]), place[3])
    first, last, number, rows, generation = map(int, found.groups())
    return Part(partition, first, last, number, rows, generation, size)


def check_name(text: str, what: str) -> str:
    """A venue or symbol. Raises ConfigError."""
    if not NAME.fullmatch(text):
        raise ConfigError(f"{what} {text!r}: write 1 to 64 letters, digits and _ . : / + -")
    return text


def date_of(t_ns: int) -> str:
    """The day (UTC) of a time."""
    return (EPOCH + timedelta(days=t_ns // NS_PER_DAY)).isoformat()


def day_start_ns(day: str) -> int:
    """When a day begins. Raises ConfigError for what is no day."""
    try:
        return (date.fromisoformat(day) - EPOCH).days * NS_PER_DAY
    except ValueError as error:
        raise ConfigError(f"date {day!r}: write YYYY-MM-DD") from error


def parse_time(text: str) -> int:
    """ns since 1970 of "YYYY-MM-DD", "YYYY-MM-DDTHH:MM[:SS[.ffffff]]" (UTC) or a count of ns.
    Raises ConfigError."""
    if text.isdigit() and len(text) == 19:
        return int(text)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise ConfigError(
            f"time {text!r}: write YYYY-MM-DD, YYYY-MM-DDTHH:MM:SS (UTC) or 19 digits of ns"
        ) from error
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    span = moment - datetime(1970, 1, 1, tzinfo=UTC)
    return (span.days * 86_400 + span.seconds) * 10**9 + span.microseconds * 1000


def days_between(first: str, last: str) -> list[str]:
    """All days from the first to the last."""
    start, stop = day_start_ns(first), day_start_ns(last)
    return [date_of(t) for t in range(start, stop + 1, NS_PER_DAY)]


def missing_days(days: Sequence[str], first: str, last: str) -> list[str]:
    """Days from the first to the last that are not among `days`."""
    there = set(days)
    return [day for day in days_between(first, last) if day not in there]
