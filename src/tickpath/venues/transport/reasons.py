"""What an exception of a library or the system may say in a reason that people and logs see.

In: an exception caught while a connection or a request was made. Out: its type, and the words of
the system, of the certificate's check or the status of the answer. Never the exception's own text:
libraries put the whole URL into it, and a URL may hold a signature or a listen key.
"""

import os
import socket
import ssl

TEXT_CHARS_MAX = 200


def reason_text(host: str, error: BaseException) -> str:
    """`host: Type: words`, or `host: Type` when nothing else may be said."""
    text = ": ".join(part for part in (host, type(error).__name__, _words(error)) if part)
    return text[:TEXT_CHARS_MAX]


def _words(error: BaseException) -> str:
    """What comes from a table of the system's, or is a number."""
    inner = getattr(error, "certificate_error", None) or getattr(error, "os_error", None) or error
    if isinstance(inner, ssl.SSLError):
        return str(getattr(inner, "verify_message", "") or getattr(inner, "reason", "") or "")
    if isinstance(inner, socket.gaierror):
        return inner.strerror or ""
    if isinstance(inner, OSError) and inner.errno:
        return os.strerror(inner.errno)
    response = getattr(inner, "response", inner)
    status = getattr(response, "status", None)
    return f"status {int(status)}" if isinstance(status, int) else ""
