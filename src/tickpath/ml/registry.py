"""Models on disk: kept for good under the hash of their bytes, one of each name in use.

    ROOT/NAME/<hash>.onnx      BLAKE2b-64 (hex) of its bytes; never overwritten
    ROOT/NAME/<hash>.json      what the training said of it
    ROOT/NAME/current.onnx     link to the one in use, switched in one step
    ROOT/NAME/history          a hash a line: what was in use, the last one last

`[model] path = "ROOT/NAME/current.onnx"` takes the one in use when a run starts; a run keeps what
it started with. A crash at any moment leaves a link to a whole file. Two people who switch one name
at the same moment: the later one wins. Needs a file system with symbolic and hard links.
"""

import hashlib
import json
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tickpath.core.errors import ConfigError, DataError

CURRENT: Final = "current.onnx"
HISTORY: Final = "history"
NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
HASH: Final = re.compile(r"[0-9a-f]{16}")


def hash_of(data: bytes) -> str:
    """BLAKE2b-64 (hex)."""
    return hashlib.blake2b(data, digest_size=8).hexdigest()


@dataclass(frozen=True, slots=True)
class Kept:
    """One model of a name."""

    name: str
    hash: str
    path: Path
    in_use: bool
    sound: bool
    card: dict[str, Any]


class Registry:
    """The models under a folder."""

    def __init__(self, root: Path | str) -> None:
        self.root = Path(root)

    def names(self) -> list[str]:
        """All names, sorted."""
        if not self.root.is_dir():
            return []
        return sorted(p.name for p in self.root.iterdir() if p.is_dir() and NAME.fullmatch(p.name))

    def keep(self, name: str, data: bytes, card: dict[str, Any]) -> str:
        """Keep a file and return its hash; the same bytes again change nothing. Not yet in use."""
        folder = self._folder(name)
        folder.mkdir(parents=True, exist_ok=True)
        found = hash_of(data)
        publish(folder / f"{found}.json", (json.dumps(card, indent=1) + "\n").encode(), same=False)
        publish(folder / f"{found}.onnx", data, same=True)
        return found

    def models(self, name: str) -> list[Kept]:
        """Every model of a name, oldest first, each read and hashed. Raises ConfigError."""
        folder = self._folder(name)
        if not folder.is_dir():
            known = ", ".join(self.names()) or "none"
            raise ConfigError(f"no model {name!r} in {self.root}: there are {known}")
        current = self.current(name)
        paths = [p for p in folder.glob("*.onnx") if HASH.fullmatch(p.stem)]
        paths.sort(key=lambda p: (p.stat().st_mtime_ns, p.name))
        return [
            Kept(name, p.stem, p, p.stem == current, hash_of(p.read_bytes()) == p.stem, card_of(p))
            for p in paths
        ]

    def one(self, name: str, start: str) -> Kept:
        """The model whose hash begins so. Raises ConfigError."""
        models = self.models(name)
        fits = [m for m in models if m.hash.startswith(start)] if start else []
        if len(fits) != 1:
            known = ", ".join(m.hash for m in models) or "none"
            raise ConfigError(f"{name}: {len(fits)} models begin with {start!r}: there are {known}")
        return fits[0]

    def current(self, name: str) -> str | None:
        """Hash of the model in use."""
        link = self._folder(name) / CURRENT
        return Path(os.readlink(link)).stem if link.is_symlink() else None

    def history(self, name: str) -> list[str]:
        """What was in use, the last one last."""
        path = self._folder(name) / HISTORY
        return path.read_text().split() if path.exists() else []

    def use(self, name: str, start: str) -> str:
        """Switch to a model. Raises ConfigError, and DataError when its bytes are damaged."""
        model = self._sound(name, start)
        if model.in_use:
            return model.hash
        past = self.history(name)
        before = self.current(name)
        past += [before] if before is not None and past[-1:] != [before] else []
        self._write_history(name, past)
        self._switch(name, model.hash)
        self._write_history(name, [*past, model.hash])
        return model.hash

    def rollback(self, name: str) -> str:
        """Switch to the one that was in use before. Raises ConfigError when there is none."""
        current, past = self.current(name), self.history(name)
        while past and past[-1] == current:
            past.pop()
        if current is None or not past:
            raise ConfigError(f"{name}: nothing was in use before: `tickpath models use` chooses")
        model = self._sound(name, past[-1])
        self._write_history(name, past)
        self._switch(name, model.hash)
        return model.hash

    def _sound(self, name: str, start: str) -> Kept:
        """A model whose bytes are those of its hash."""
        model = self.one(name, start)
        if not model.sound:
            raise DataError(f"{model.path}: its bytes are not those of its name: restore the file")
        return model

    def _folder(self, name: str) -> Path:
        if not NAME.fullmatch(name):
            raise ConfigError(f"model name {name!r}: letters, digits, - _ . and at most 64 of them")
        return self.root / name

    def _switch(self, name: str, found: str) -> None:
        folder = self._folder(name)
        temporary = folder / f".{CURRENT}.{os.getpid()}"
        temporary.unlink(missing_ok=True)
        temporary.symlink_to(f"{found}.onnx")
        os.replace(temporary, folder / CURRENT)

    def _write_history(self, name: str, past: list[str]) -> None:
        path = self._folder(name) / HISTORY
        temporary = path.with_name(f".{HISTORY}.{os.getpid()}")
        write_synced(temporary, "".join(f"{entry}\n" for entry in past).encode())
        os.replace(temporary, path)


def card_of(path: Path) -> dict[str, Any]:
    """What was said of a model; empty when that cannot be read."""
    try:
        found = json.loads(path.with_suffix(".json").read_text())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def write_synced(path: Path, data: bytes) -> None:
    """Write a file down to the disk."""
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def publish(path: Path, data: bytes, *, same: bool) -> None:
    """A whole new file or none. One that is there stays; DataError when it should be the `same`."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    write_synced(temporary, data)
    try:
        os.link(temporary, path)
    except FileExistsError:
        if same and path.read_bytes() != data:
            raise DataError(f"{path}: there with other bytes: restore or move the file") from None
    finally:
        temporary.unlink()
