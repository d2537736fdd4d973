"""What a live session, its check and its watchdog are all made of: configuration, keys, clients."""

import getpass
import os
import sys
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from urllib.parse import urlsplit

from tickpath.core.config import Config
from tickpath.core.config_load import load_config
from tickpath.core.errors import KeysError
from tickpath.ops.live.config import LiveSpec, LiveVenue, load_live
from tickpath.venues import keys as key_store
from tickpath.venues.keys import Keys
from tickpath.venues.order_dialects import OrderOptions, order_dialect
from tickpath.venues.order_steps import OrderDialect
from tickpath.venues.transport.base import TlsOptions, wall_ns
from tickpath.venues.transport.rest import RestClient

PASSWORD = "TICKPATH_KEYS_PASSWORD"
"""Environment variable with the password of an encrypted key file; else a terminal is asked."""


def load_parts(
    path: Path, instruments: Path | None = None
) -> tuple[Config, LiveSpec, Callable[[LiveVenue], Keys]]:
    """Configuration, its [live], and what finds keys. Raises ConfigError."""
    config = load_config(path, instruments)
    return config, load_live(path, config), find_keys


@cache
def password_of(path: str) -> str:
    """The password of a key file, asked for once. Raises KeysError without a way to ask."""
    found = os.environ.get(PASSWORD)
    if found is not None:
        return found
    if not sys.stdin.isatty():
        raise KeysError(f"key file {path}: set {PASSWORD}, or start from a terminal")
    return getpass.getpass(f"password of {path}: ")


def find_keys(entry: LiveVenue) -> Keys:
    """The keys of a venue. Raises KeysError."""
    return key_store.load(entry.keys, entry.keys_from, partial(password_of, entry.keys_from))


def rest_of(entry: LiveVenue) -> RestClient:
    """A client of the venue's REST host; use `async with`."""
    return RestClient(entry.rest, tls=TlsOptions(authorities=entry.authorities))


def dialect_of(config: Config, entry: LiveVenue, keys: Keys) -> OrderDialect:
    """How orders are said at a venue. Raises ConfigError, KeysError."""
    options = OrderOptions(
        config=config,
        venue=config.venues.index(entry.name),
        keys=keys,
        wall_ns=wall_ns,
        host=urlsplit(entry.rest).netloc,
        recv_window_ms=entry.recv_window_ms,
        cancel_after_s=entry.cancel_after_s,
        sbe=entry.sbe,
    )
    return order_dialect(options)
