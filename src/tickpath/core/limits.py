"""The numbers of limits.toml as they were compiled in: `LIMITS.position_ceiling_ppm`.

They come from the compiled module, not from the file, so what Python reads is what the native code
obeys. Reading needs no build of anything but `tickpath.core.compiled`.
"""

from types import MappingProxyType
from typing import Final

from tickpath.core import compiled

LIMITS: Final = MappingProxyType(compiled.limits())
"""Name (lower case, as in limits.toml) to integer. Read only."""
