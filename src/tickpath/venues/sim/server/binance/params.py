"""Parameters of a request as text, each asked for by name; what nobody may send is refused.

REST: query and form body, percent-decoded. WebSocket: a JSON object whose numbers keep their text.
"""

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from tickpath.venues.sim.server.binance.errors import (
    PRECISION,
    ApiError,
    illegal,
    missing,
    not_needed,
)
from tickpath.venues.sim.server.units import NumberError, PrecisionError, parse

ALWAYS = frozenset({"timestamp", "recvWindow", "signature", "apiKey", "returnRateLimits"})
CLIENT_ID = r"^[\.A-Z\:/a-z0-9_-]{1,36}$"
NUMBER = r"^([0-9]{1,20})(\.[0-9]{1,20})?$"
_CLIENT_ID = re.compile(CLIENT_ID)


class Params:
    """Typed reading; every mistake is the venue's own error."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self.values = dict(values)

    def __contains__(self, name: str) -> bool:
        return name in self.values

    def only(self, names: frozenset[str]) -> None:
        """Refuse what the method does not know."""
        known = names | ALWAYS
        read = sum(name in known for name in self.values)
        if read != len(self.values):
            raise ApiError(
                -1104,
                f"Not all sent parameters were read; read '{read}' parameter(s) but was sent "
                f"'{len(self.values)}'.",
            )

    def text(self, name: str, default: str | None = None) -> str:
        """A text; mandatory without a default."""
        value = self.values.get(name, "")
        if value:
            return value
        if default is None:
            raise missing(name)
        return default

    def choice(self, name: str, code: int, choices: Mapping[str, Any], word: str) -> str:
        """A text of an enumeration."""
        value = self.text(name)
        if value not in choices:
            raise ApiError(code, f"Invalid {word}.")
        return value

    def integer(self, name: str, default: int | None = None) -> int:
        """A whole number."""
        value = self.text(name, None if default is None else "")
        if not value:
            assert default is not None
            return default
        if not re.fullmatch(r"-?\d{1,19}", value):
            raise illegal(name, "^[0-9]{1,20}$")
        return int(value)

    def units(self, name: str, needed: bool = False) -> int:
        """A decimal in 10^-8; 0 when it is not sent."""
        value = self.text(name, None if needed else "")
        if not value:
            return 0
        try:
            return parse(value)
        except PrecisionError as error:
            code, text = PRECISION
            raise ApiError(code, text.format(name)) from error
        except NumberError as error:
            raise illegal(name, NUMBER) from error

    def flag(self, name: str, default: bool = False) -> bool:
        value = self.text(name, "true" if default else "false").lower()
        if value not in ("true", "false"):
            raise illegal(name, "^(true|false)$")
        return value == "true"

    def absent(self, *names: str) -> None:
        """Refuse parameters that the kind of order has no use for."""
        for name in names:
            if self.values.get(name):
                raise not_needed(name)

    def client_id(self, name: str) -> str:
        """A client order id; empty when it is not sent."""
        value = self.text(name, "")
        if value and not _CLIENT_ID.fullmatch(value):
            raise illegal(name, CLIENT_ID)
        return value


def rest_params(query: str, body: str) -> Params:
    """Query and body together; a name twice is refused."""
    pairs = [*parse_qsl(query, keep_blank_values=True), *parse_qsl(body, keep_blank_values=True)]
    values: dict[str, str] = {}
    for name, value in pairs:
        if name in values:
            raise ApiError(-1101, "Too many parameters; expected each parameter once.")
        values[name] = value
    return Params(values)


class _Number(str):
    """A JSON number with the digits it was sent with."""


def read_json(text: str) -> Any:
    """JSON with numbers as text, so that digits are those signed. Raises ValueError."""
    return json.loads(text, parse_float=_Number, parse_int=_Number)


def plain_value(value: Any) -> Any:
    """A value to echo: texts of numbers are numbers again."""
    if isinstance(value, _Number):
        return json.loads(value)
    return value


def ws_params(params: Mapping[str, Any]) -> Params:
    """Parameters of a WebSocket request; lists stay JSON."""
    values: dict[str, str] = {}
    for name, value in params.items():
        if isinstance(value, bool):
            values[name] = "true" if value else "false"
        elif isinstance(value, str):
            values[name] = str(value)
        elif value is not None:
            values[name] = json.dumps(value, separators=(",", ":"))
    return Params(values)
