"""The numbers of limits.toml as they were compiled in: `LIMITS.position_ceiling_ppm`.

They come from the compiled module, not from the file, so what Python reads is what the native code
obeys. Reading needs no build of anything but `tickpath.core.compiled`.
"""

import hashlib
from types import MappingProxyType
from typing import Final

from tickpath.core import compiled

LIMITS: Final = MappingProxyType(compiled.limits())
"""Name (lower case, as in limits.toml) to integer. Read only."""


def limits_hash() -> str:
    """BLAKE2b-64 over the names and numbers: what a journal was written under."""
    text = "\n".join(f"{name}={value}" for name, value in sorted(LIMITS.items()))
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()
