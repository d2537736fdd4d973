"""Tests that need the packages of extra `live` are left out without them, except in CI."""

import os
from importlib.util import find_spec

LIVE = ("aiohttp", "cryptography", "keyring", "picows", "uvloop")
NEED_LIVE = [
    "test_keys.py",
    "binance/test_sign.py",
    "coinbase/test_sign.py",
    "transport/test_*.py",
]

absent = [name for name in LIVE if find_spec(name) is None]
collect_ignore_glob = NEED_LIVE if absent and os.environ.get("CI") != "true" else []
