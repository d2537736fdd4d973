"""Error texts of Kraken as numbers: what `Report.code` says.

The place in ERRORS, counted from 1, is the code; the list only grows at its end. An error is the
text itself or begins with it and a colon ("EGeneral:Invalid arguments:volume"). Sources: the
venue's pages on errors and on WebSocket v2 requests; krakenfx/kraken-cli; those of EService:Market
and EAuth are from memory. `order_decode.pxd` holds the same list; a test compares them.
"""

ERRORS = (
    "EGeneral:Invalid arguments",
    "EGeneral:Permission denied",
    "EGeneral:Internal error",
    "EGeneral:Unknown method",
    "EGeneral:Temporary lockout",
    "EAPI:Invalid key",
    "EAPI:Invalid signature",
    "EAPI:Invalid nonce",
    "EAPI:Rate limit exceeded",
    "EAPI:Bad request",
    "EService:Unavailable",
    "EService:Busy",
    "EService:Market in cancel_only mode",
    "EService:Market in post_only mode",
    "EService:Deadline elapsed",
    "EOrder:Cannot open position",
    "EOrder:Insufficient margin",
    "EOrder:Insufficient funds",
    "EOrder:Order minimum not met",
    "EOrder:Cost minimum not met",
    "EOrder:Tick size check failed",
    "EOrder:Orders limit exceeded",
    "EOrder:Rate limit exceeded",
    "EOrder:Invalid price",
    "EOrder:Unknown order",
    "EOrder:Post only order",
    "EOrder:Positions limit exceeded",
    "EOrder:Unknown position",
    "EOrder:Trading agreement required",
    "EAccount:Invalid permissions",
    "EAuth:Account temporary disabled",
    "ESession:Invalid session",
)

UNKNOWN_OUTCOME = ("EGeneral:Internal error", "EService:Unavailable", "EService:Busy")
"""After these an order may or may not exist: it is queried, never sent again blindly."""

UNKNOWN_FAMILIES = ("EGeneral:", "EService:")
"""After an error of these that is not listed as well."""


def outcome_unknown(text: str) -> bool:
    """Whether an order may or may not exist after the error."""
    code = code_of(text)
    return code in UNKNOWN_CODES or (code == 0 and text.startswith(UNKNOWN_FAMILIES))


def code_of(text: str) -> int:
    """The number of an error, 0 for one that is not listed."""
    for code, error in enumerate(ERRORS, 1):
        if text == error or text.startswith(error + ":"):
            return code
    return 0


UNKNOWN_CODES = tuple(code_of(error) for error in UNKNOWN_OUTCOME)
UNKNOWN_ORDER = code_of("EOrder:Unknown order")
