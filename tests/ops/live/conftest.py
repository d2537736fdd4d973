"""Live sessions over sockets are left out without the packages of extra `live`, except in CI."""

import os
from importlib.util import find_spec

LIVE = ("aiohttp", "cryptography", "picows")
absent = [name for name in LIVE if find_spec(name) is None]
collect_ignore_glob = ["test_session*.py"] if absent and os.environ.get("CI") != "true" else []
