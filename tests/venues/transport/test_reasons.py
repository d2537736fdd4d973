"""What reasons may say: type, the system's words, a status; never the exception's own text."""

import errno
import socket
import ssl
from types import SimpleNamespace

import pytest

from tickpath.venues.transport.reasons import TEXT_CHARS_MAX, reason_text

HIDDEN = "https://h/order?signature=s1gn4tur3"


class AnswerError(Exception):
    """As libraries raise for an answer: its own text has the URL."""

    def __init__(self, **fields: object) -> None:
        super().__init__(f"refused, url={HIDDEN}")
        self.__dict__.update(fields)


def checked(message: str) -> ssl.SSLCertVerificationError:
    error = ssl.SSLCertVerificationError(1, HIDDEN)
    error.verify_message = message
    return error


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (ValueError(HIDDEN), "h: ValueError"),
        (TimeoutError(), "h: TimeoutError"),
        (OSError(HIDDEN), "h: OSError"),
        (ConnectionRefusedError(errno.ECONNREFUSED, HIDDEN),
         "h: ConnectionRefusedError: Connection refused"),
        (socket.gaierror(socket.EAI_NONAME, "Name or service not known"),
         "h: gaierror: Name or service not known"),
        (ssl.SSLError(HIDDEN), "h: SSLError"),
        (checked("certificate expired"), "h: SSLCertVerificationError: certificate expired"),
        (AnswerError(), "h: AnswerError"),
        (AnswerError(status=403), "h: AnswerError: status 403"),
        (AnswerError(status=HIDDEN), "h: AnswerError"),
        (AnswerError(response=SimpleNamespace(status=503)), "h: AnswerError: status 503"),
        (AnswerError(response=None), "h: AnswerError"),
        (AnswerError(os_error=OSError(errno.ENETUNREACH, HIDDEN)),
         "h: AnswerError: Network is unreachable"),
        (AnswerError(certificate_error=checked("self-signed certificate")),
         "h: AnswerError: self-signed certificate"),
    ],
)  # fmt: skip
def test_reasons_quote_nothing_that_a_library_wrote(error: BaseException, text: str) -> None:
    assert reason_text("h", error) == text


def test_a_reason_is_bounded() -> None:
    assert len(reason_text("h" * 1000, ValueError())) == TEXT_CHARS_MAX
