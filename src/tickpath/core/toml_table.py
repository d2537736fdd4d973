"""Typed reading of TOML: every mistake is one line with the file, the key and what to do.

`TomlTable` is a table with its place. Each key is asked for once by type and range; `done` refuses
the keys that nobody asked for.
"""

import tomllib
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from tickpath.core.config import refuse_unknown, to_decimal
from tickpath.core.errors import ConfigError, LimitError

_KINDS: Mapping[type, str] = {
    str: "text",
    int: "an integer",
    bool: "true or false",
    dict: "a table",
    list: "a list",
    float: "a number",
}


def kind_of(value: object) -> str:
    """What a person calls the type of a TOML value."""
    return next((text for kind, text in _KINDS.items() if type(value) is kind), "a date or time")


class TomlTable:
    """A table of a file. `where` begins every message."""

    def __init__(self, data: Mapping[str, Any], where: str) -> None:
        self.data = data
        self.where = where
        self.known: set[str] = set()

    def __contains__(self, key: str) -> bool:
        return key in self.data

    def place(self, key: str) -> str:
        """File, table and key."""
        return f"{self.where}: {key}"

    def _get(self, key: str, kind: type, default: object) -> Any:
        self.known.add(key)
        if key not in self.data:
            if default is None:
                raise ConfigError(f"{self.place(key)} is missing: add it ({_KINDS[kind]})")
            return default
        value = self.data[key]
        if type(value) is not kind:
            raise ConfigError(f"{self.place(key)} is {kind_of(value)}: write {_KINDS[kind]}")
        return value

    def text(self, key: str, default: str | None = None, choices: Sequence[str] = ()) -> str:
        """A text, one of `choices` when there are any."""
        value: str = self._get(key, str, default)
        if choices and value not in choices:
            raise ConfigError(f"{self.place(key)} is {value!r}: choose one of {', '.join(choices)}")
        return value

    def integer(self, key: str, default: int | None, low: int, high: int) -> int:
        """An integer within low..high."""
        value: int = self._get(key, int, default)
        if not low <= value <= high:
            raise ConfigError(f"{self.place(key)} is {value}: write {low}..{high}")
        return value

    def integers(self, key: str, low: int, high: int) -> list[int]:
        """A list of integers within low..high; empty when it is absent."""
        values: list[Any] = list(self._get(key, list, []))
        for value in values:
            if type(value) is not int or not low <= value <= high:
                raise ConfigError(
                    f"{self.place(key)} holds {value!r}: write integers within {low}..{high}"
                )
        return values

    def tightened(self, key: str, default: int, ceiling: int, ceiling_name: str) -> int:
        """A positive integer that may only be below the compiled ceiling."""
        value: int = self._get(key, int, default)
        if value > ceiling:
            raise LimitError(
                f"{self.place(key)} is {value}, above the compiled ceiling "
                f"{ceiling_name} = {ceiling}: write at most {ceiling}"
            )
        if value < 1:
            raise ConfigError(f"{self.place(key)} is {value}: write 1..{ceiling}")
        return value

    def flag(self, key: str, default: bool) -> bool:
        """true or false."""
        return bool(self._get(key, bool, default))

    def decimal(self, key: str, default: Decimal | None = None) -> Decimal:
        """An exact decimal: text or an integer, never a float."""
        self.known.add(key)
        if key not in self.data:
            if default is None:
                raise ConfigError(f'{self.place(key)} is missing: add it as text, like "0.01"')
            return default
        return to_decimal(self.data[key], self.place(key))

    def positive(self, key: str, default: Decimal | None = None) -> Decimal:
        """An exact decimal above zero."""
        value = self.decimal(key, default)
        if value <= 0:
            raise ConfigError(f"{self.place(key)} is {value}: write a number above 0")
        return value

    def texts(self, key: str, default: Sequence[str] | None = None) -> list[str]:
        """A list of texts, none twice."""
        values: list[Any] = list(self._get(key, list, None if default is None else list(default)))
        for value in values:
            if not isinstance(value, str):
                raise ConfigError(f"{self.place(key)} holds {kind_of(value)}: write a list of text")
            if values.count(value) > 1:
                raise ConfigError(f"{self.place(key)} names {value!r} twice: remove one")
        return values

    def table(self, key: str) -> "TomlTable":
        """A table; an empty one when it is absent."""
        return TomlTable(self._get(key, dict, {}), f"{self.where}: [{key}]")

    def tables(self, key: str) -> list["TomlTable"]:
        """An array of tables; empty when it is absent."""
        found = []
        for number, entry in enumerate(self._get(key, list, []), 1):
            where = f"{self.where}: [[{key}]] {number}"
            if not isinstance(entry, dict):
                raise ConfigError(f"{where} is {kind_of(entry)}: write a table [[{key}]]")
            found.append(TomlTable(entry, where))
        return found

    def done(self) -> None:
        """Refuse the keys that were not asked for."""
        refuse_unknown(self.data, self.known, self.where)


def read_toml(path: Path) -> TomlTable:
    """The whole file as a table. Raises ConfigError when it is absent or no TOML."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8"
        raise ConfigError(f"{path}: cannot be read ({reason}): check the name") from error
    try:
        return TomlTable(tomllib.loads(text), str(path))
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: not TOML: {error}") from error
