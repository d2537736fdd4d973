"""Private REST calls as steps of a script: one at a time, each with a nonce of its own.

The venue refuses a nonce below the last one it saw, so a call that waited, was lost or overtook
another is never sent again as it was: what may be asked again is signed anew. Worst case: TRIES_MAX
calls with doubling waits, each after its turn.
"""

from collections.abc import Generator, Mapping
from typing import Any
from urllib.parse import urlencode

from tickpath.venues.kraken.replies import Said, again_ns, lasting, said
from tickpath.venues.kraken.sign import Signer
from tickpath.venues.order_steps import Call, ScriptError, Step, Wait

TRIES_MAX = 4
TURN_NS = 5_000_000
"""Between two looks whether it is a script's turn."""


class PrivateCalls:
    """Of one key. `about` names the calls: path and weight, see [spot.account] of spec.toml."""

    def __init__(self, signer: Signer, about: Mapping[str, Mapping[str, Any]]) -> None:
        self.about = about
        self._signer = signer
        self._busy = False

    def call(
        self, name: str, fields: Mapping[str, str] | None = None, document: bytes = b""
    ) -> Call:
        """One signed request, form-encoded unless it has a document."""
        path, weight = self.about[name]["path"], self.about[name]["weight"]
        if document:
            headers, body = self._signer.document(path, document)
        else:
            headers, body = self._signer.form(path, urlencode(fields or {}).encode())
        return Call(method="POST", path=path, target=path, headers=headers, body=body,
                    weight=weight, repeat=False)  # fmt: skip

    def attempt(
        self, name: str, fields: Mapping[str, str] | None = None, document: bytes = b""
    ) -> Generator[Step, Any, Said]:
        """What the venue says, asked again where that helps."""
        while self._busy:
            yield Wait(TURN_NS)
        self._busy = True
        try:
            for tries in range(TRIES_MAX):
                found = said((yield self.call(name, fields, document)))
                wait_ns = again_ns(found.error, tries)
                if wait_ns is None:
                    return found
                if tries + 1 < TRIES_MAX:
                    yield Wait(wait_ns)
            return found
        finally:
            self._busy = False

    def ask(
        self, name: str, fields: Mapping[str, str] | None = None, document: bytes = b""
    ) -> Generator[Step, Any, Any]:
        """The result of a call. Raises ScriptError for a refusal."""
        found = yield from self.attempt(name, fields, document)
        if found.error:
            path = self.about[name]["path"]
            raise ScriptError(f"{path}: {found.error}", lasting=lasting(found.error))
        return found.result
