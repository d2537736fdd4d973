"""Which build this is: a hash over the compiled modules, for the journal's header and reports."""

import hashlib
from functools import cache
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent.parent


@cache
def build_hash() -> str:
    """BLAKE2b-64 over names and bytes of all compiled modules. Reads them once, at start."""
    digest = hashlib.blake2b(digest_size=8)
    for path in sorted(_PACKAGE.rglob(f"*{EXTENSION_SUFFIXES[0]}")):
        digest.update(str(path.relative_to(_PACKAGE)).encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()
