"""JSON text rules of the reference decoder: what is a valid text, and what a number in it is worth.

Read first by `wire.py`. The order of the verdicts on a text is fixed, so that every decoder gives
the same code: encoding of the whole frame, then the first fault of the grammar from the left.
Worst case: linear in the frame, one regular-expression match a token.
"""

import json
import re

from tickpath.core.codes import Code
from tickpath.core.limits import LIMITS

UNITS_MAX = 2**63 - 1
EXPONENT_MAX = 10**12
"""Where a written exponent saturates: far beyond any frame's digits."""

_SPACE = " \t\n\r"
_ESCAPE = r'\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})'
_STRING = re.compile(rf'"(?:[^"\\\x00-\x1f]|{_ESCAPE})*"')
_STRING_BEGUN = re.compile(rf'"(?:[^"\\\x00-\x1f]|{_ESCAPE})*(?:\\(?:u[0-9a-fA-F]{{0,3}})?)?')
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_NUMBER_BEGUN = re.compile(r"-|-?(?:0|[1-9][0-9]*)(?:\.|(?:\.[0-9]+)?[eE][+-]?)")
_DECIMAL = re.compile(r"(-?)(0|[1-9][0-9]*)(?:\.([0-9]+))?(?:[eE]([+-]?)([0-9]+))?")
_BRACKET = re.compile(r"[\[\]{}]")


class Refused(Exception):  # noqa: N818 - a verdict on a frame, not a fault of the program
    """A frame is refused; `code` says why. Never leaves the decoder."""

    def __init__(self, code: Code) -> None:
        self.code = code


class Number(str):
    """A JSON number, kept as its text: nothing is lost before it meets its grid."""

    __slots__ = ()


def is_text(data: bytes) -> bool:
    """Text begins with an object or array; a NUL behind the bracket is a binary block length."""
    rest = data.lstrip(_SPACE.encode())
    return rest[:1] in (b"{", b"[") and rest[1:2] != b"\0"


def parse(data: bytes) -> object:
    """The value of a whole text; numbers as `Number`, the last of equal keys wins."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        raise Refused(Code.FEED_ENCODING) from None
    try:
        value: object = json.loads(
            text, parse_int=Number, parse_float=Number, parse_constant=_refuse_constant
        )
    except (ValueError, RecursionError):
        fault = text_fault(text)
        assert fault is not None
        raise Refused(fault) from None
    if nesting(text) > LIMITS["nesting_max"]:
        raise Refused(Code.FEED_NESTING)
    return value


def _refuse_constant(name: str) -> object:
    raise ValueError(name)


def nesting(text: str) -> int:
    """Deepest nesting of a valid text."""
    depth = deepest = 0
    for bracket in _BRACKET.findall(_STRING.sub("", text)):
        depth += 1 if bracket in "[{" else -1
        deepest = max(deepest, depth)
    return deepest


def text_fault(text: str) -> Code | None:
    """The first fault from the left of a text that begins with a bracket, None when valid.

    TRUNCATED: the text so far could still be continued to a valid one. SYNTAX: it could not.
    NESTING: a bracket opens one level too many.
    """
    open_brackets: list[str] = []
    wanted = "value"
    at = 0
    while True:
        while text[at : at + 1] and text[at] in _SPACE:
            at += 1
        if at == len(text):
            return None if wanted == "end" else Code.FEED_TRUNCATED
        c = text[at]
        if wanted == "end" or (wanted == "colon" and c != ":"):
            return Code.FEED_SYNTAX
        if wanted == "colon":
            wanted, at = "value", at + 1
        elif c in "]}" and wanted in ("more", "first value", "first key"):
            if not open_brackets or open_brackets.pop() + c not in ("[]", "{}"):
                return Code.FEED_SYNTAX
            wanted, at = ("more" if open_brackets else "end"), at + 1
        elif wanted == "more":
            if c != ",":
                return Code.FEED_SYNTAX
            wanted, at = ("key" if open_brackets[-1] == "{" else "value"), at + 1
        elif wanted in ("key", "first key"):
            length, fault = _token(text, at) if c == '"' else (0, Code.FEED_SYNTAX)
            if fault is not None:
                return fault
            wanted, at = "colon", at + length
        elif c in "[{":
            open_brackets.append(c)
            if len(open_brackets) > LIMITS["nesting_max"]:
                return Code.FEED_NESTING
            wanted, at = ("first key" if c == "{" else "first value"), at + 1
        else:
            length, fault = _token(text, at)
            if fault is not None:
                return fault
            wanted, at = "more", at + length


def _token(text: str, at: int) -> tuple[int, Code | None]:
    """Length of the string, number or literal at `at`, or the fault in it."""
    c = text[at]
    if c == '"':
        whole, begun = _STRING.match(text, at), _STRING_BEGUN.fullmatch(text, at)
    elif c in "-0123456789":
        begun = _NUMBER_BEGUN.fullmatch(text, at)
        whole = None if begun else _NUMBER.match(text, at)
    else:
        for literal in ("true", "false", "null"):
            if text.startswith(literal, at):
                return len(literal), None
            if literal.startswith(text[at:]):
                return 0, Code.FEED_TRUNCATED
        return 0, Code.FEED_SYNTAX
    if whole:
        return whole.end() - at, None
    return 0, Code.FEED_TRUNCATED if begun else Code.FEED_SYNTAX


def units_of(value: object, decimals: int) -> int:
    """A number or numeric string as an integer of 10**-decimals, exactly.

    Both must have the grammar of a JSON number. WRONG_TYPE: they have not. RANGE: any minus sign.
    DIGITS: the value has more decimals, or the integer more than 63 bits.
    """
    if not isinstance(value, str):
        raise Refused(Code.FEED_WRONG_TYPE)
    parts = _DECIMAL.fullmatch(value)
    if parts is None:
        raise Refused(Code.FEED_WRONG_TYPE)
    minus, whole, fraction, exponent_sign, exponent_digits = parts.groups(default="")
    if minus:
        raise Refused(Code.FEED_RANGE)
    digits = (whole + fraction).lstrip("0")
    significant = digits.rstrip("0")
    if not significant:
        return 0
    exponent_digits = exponent_digits.lstrip("0")
    exponent = EXPONENT_MAX if len(exponent_digits) > 12 else int(exponent_digits or "0")
    if exponent_sign == "-":
        exponent = -exponent
    zeros = len(digits) - len(significant)
    power = exponent - len(fraction) + zeros + decimals
    if power < 0 or len(significant) + power > 19:
        raise Refused(Code.FEED_DIGITS)
    units: int = int(significant) * 10**power
    if units > UNITS_MAX:
        raise Refused(Code.FEED_DIGITS)
    return units
