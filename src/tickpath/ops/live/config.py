"""The part of a configuration that is about live sessions: [live], read beside the engine's own.

Nothing here changes what the engine decides, so none of it is in the configuration's hash: venues'
endpoints, where keys are, where the journal is, policies. docs/reference/run.md lists every key.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from tickpath.core.config import VENUES, Config
from tickpath.core.errors import ConfigError, KeysError
from tickpath.core.toml_table import TomlTable, read_toml
from tickpath.ops.live.config_lines import read_lines
from tickpath.ops.live.host import Policies, Policy
from tickpath.venues.keys import check_name
from tickpath.venues.nasdaq.lines import Lines
from tickpath.venues.order_dialects import default_urls, speaks_sbe

CLIENTS = ("picows", "aiohttp")
DATAGRAMS = ("nasdaq",)
"""Venues whose market data are datagrams, and that take no orders."""
PURPOSES = ("market", "orders", "events")
RECV_WINDOW_MS_MAX = 60_000
TEST_HOST = re.compile(r"://[^/]*(sandbox|testnet|demo)")
"""Test venues under a venue's own domain say so in their name."""


@dataclass(frozen=True, kw_only=True, slots=True)
class LiveVenue:
    """One venue: endpoints by purpose, most wanted first. `keys` is the name of its keys, "" for
    market data only. `datagrams`: in the place of all endpoints."""

    name: str
    urls: dict[str, tuple[str, ...]] = field(default_factory=dict)
    rest: str = ""
    datagrams: Lines | None = None
    authorities: Path | None = None
    keys: str = ""
    keys_from: str = "env"
    client: str = "picows"
    lines: int = 1
    recv_window_ms: int = 5000
    cancel_after_s: int = 30
    sbe: bool = False
    """Whether replies and events of orders are asked for in SBE."""
    rest_windows: tuple[tuple[int, int], ...] = ()
    """Limits of REST requests in the place of the venue's usual ones: (seconds, weight)."""
    production: bool = True
    """Whether one of the endpoints is the venue's own, where money is real."""


@dataclass(frozen=True, kw_only=True, slots=True)
class LiveSpec:
    """Everything of [live]."""

    state: Path
    venues: tuple[LiveVenue, ...]
    policies: Policies = field(default_factory=Policies)
    status_s: int = 10
    snapshot_s: int = 300
    segment_mib: int = 64
    audit_s: int = 30
    stop_s: int = 10
    kill_file: Path | None = None
    watchdog_s: int = 10

    def venue(self, name: str) -> LiveVenue | None:
        """The entry of a venue."""
        return next((v for v in self.venues if v.name == name), None)


def load_live(path: Path | str, config: Config) -> LiveSpec:
    """Read [live] of the file. Raises ConfigError: one line with the place."""
    file = Path(path)
    root = read_toml(file)
    table = root.table("live")
    if "live" not in root:
        raise ConfigError(f'{file}: no [live]: add it with state = "FOLDER" and [[live.venues]]')
    reconcile = table.table("reconcile")
    spec = LiveSpec(
        state=file.parent / table.text("state"),
        venues=tuple(_venue(entry, file.parent) for entry in table.tables("venues")),
        policies=_policies(reconcile),
        status_s=table.integer("status_s", 10, 1, 3600),
        snapshot_s=table.integer("snapshot_s", 300, 1, 86_400),
        segment_mib=table.integer("segment_mib", 64, 1, 1024),
        audit_s=table.integer("audit_s", 30, 1, 86_400),
        stop_s=table.integer("stop_s", 10, 1, 600),
        kill_file=file.parent / table.text("kill_file") if "kill_file" in table else None,
        watchdog_s=table.integer("watchdog_s", 10, 0, 3600),
    )
    table.known.add("kill_file")
    table.done()
    _complete(spec, config, str(file))
    return spec


def _complete(spec: LiveSpec, config: Config, where: str) -> None:
    """Every source has its venue, no venue stands twice or for nothing, or has what it cannot."""
    names = [venue.name for venue in spec.venues]
    venues = [config.venues[source.venue] for source in config.sources]
    used = set(venues)
    for name in sorted(used & set(DATAGRAMS)):
        if venues.count(name) > 1:
            raise ConfigError(f"{where}: {name} has {venues.count(name)} sources: its lines feed "
                              "one, name all symbols in it")  # fmt: skip
    for name in sorted(used - set(names)):
        raise ConfigError(f"{where}: a source is on {name}: add [[live.venues]] name = {name!r}")
    for name in names:
        if names.count(name) > 1:
            raise ConfigError(f"{where}: [[live.venues]] names {name!r} twice: keep one")
        if name not in used:
            raise ConfigError(f"{where}: [[live.venues]] {name!r} has no source: remove it")
    for venue in spec.venues:
        if venue.sbe and not speaks_sbe(venue.name):
            raise ConfigError(f"{where}: [[live.venues]] {venue.name!r} has no SBE: remove sbe")


def _policies(table: TomlTable) -> Policies:
    base = Policies()
    found = Policies(
        orders=Policy(table.text("orders", base.orders, ("cancel", "report", "halt"))),
        balances=Policy(table.text("balances", base.balances, ("report", "adopt", "halt"))),
        positions=Policy(table.text("positions", base.positions, ("halt", "report"))),
    )
    table.done()
    return found


def _venue(table: TomlTable, folder: Path) -> LiveVenue:
    name = table.text("name", None, VENUES)
    if name in DATAGRAMS:
        return LiveVenue(name=name, datagrams=read_lines(table), production=False)
    defaults = default_urls(name)
    urls = {
        purpose: tuple(table.texts(purpose, (defaults[purpose],) if purpose in defaults else ()))
        for purpose in PURPOSES
    }
    for purpose, found in urls.items():
        for url in found:
            _check_url(url, ("ws", "wss"), table.place(purpose))
        if purpose in defaults and not found:
            raise ConfigError(f"{table.place(purpose)} names no endpoint: name one or leave it out")
    rest = table.text("rest", defaults.get("rest", ""))
    _check_url(rest, ("http", "https"), table.place("rest"))
    keys = table.text("keys", "")
    spec = LiveVenue(
        name=name,
        urls=urls,
        rest=rest,
        authorities=folder / table.text("authorities") if "authorities" in table else None,
        keys=_keys_name(keys, table.place("keys")),
        keys_from=_keys_from(table, folder),
        client=table.text("client", "picows", CLIENTS),
        lines=table.integer("lines", 1, 1, 2),
        recv_window_ms=table.integer("recv_window_ms", 5000, 100, RECV_WINDOW_MS_MAX),
        cancel_after_s=table.integer("cancel_after_s", 30, 0, 3600),
        rest_windows=_windows(table),
        sbe=table.flag("sbe", False),
        production=_production(defaults, urls, rest),
    )
    table.known.add("authorities")
    table.done()
    return spec


def _keys_name(name: str, place: str) -> str:
    """Raises ConfigError with the place."""
    try:
        return check_name(name) if name else ""
    except KeysError as error:
        raise ConfigError(f"{place}: {error}") from None


def _windows(table: TomlTable) -> tuple[tuple[int, int], ...]:
    """Pairs of seconds and weight; they stand in a list of their own by turns."""
    found = table.integers("rest_windows", 1, 10**9)
    if len(found) % 2:
        raise ConfigError(f"{table.place('rest_windows')}: write seconds, weight, seconds, ...")
    return tuple(zip(found[::2], found[1::2], strict=True))


def _keys_from(table: TomlTable, folder: Path) -> str:
    """ "env", "keyring" or the path of an encrypted file."""
    text = table.text("keys_from", "env")
    return text if text in ("env", "keyring") else str(folder / text)


def _check_url(url: str, schemes: tuple[str, ...], place: str) -> None:
    try:
        parts = urlsplit(url)
        right = bool(parts.hostname) and parts.port != 0 and parts.scheme in schemes
    except ValueError:
        right = False
    if not right or parts.username or parts.query:
        raise ConfigError(f"{place} is {url!r}: write {schemes[1]}://host[:port]")
    local = parts.hostname in ("127.0.0.1", "::1", "localhost")
    if parts.scheme == schemes[0] and not local:
        raise ConfigError(f"{place} is {url!r}: without TLS only to this host; {schemes[1]}://")


def _production(defaults: dict[str, str], urls: dict[str, tuple[str, ...]], rest: str) -> bool:
    """Whether any endpoint is a host of the venue's own domains, where money is real. Hosts of a
    domain that are named in no document count too: they answer as the named ones do."""
    own = {_domain(url) for url in defaults.values()}
    used = {url for found in urls.values() for url in found} | {rest}
    return any(_domain(url) in own and not TEST_HOST.search(url) for url in used)


def _domain(url: str) -> str:
    """The last two labels of a URL's host."""
    host = urlsplit(url).hostname or ""
    return ".".join(host.rstrip(".").split(".")[-2:])
