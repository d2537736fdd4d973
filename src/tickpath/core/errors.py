"""The exception tree. Every message says what was wrong, where, and what to do next.

TickpathError
    ConfigError          a configuration, command-line or instruments value is wrong
        LimitError       a value is looser than the compiled ceiling
        NoNativeFormError  a model has an operation that is not compiled
        MetadataError    an instrument is missing or incomplete
        KeysError        key material is missing, locked or of the wrong kind
    GridError            a number is no multiple of its tick, lot or currency unit
    DataError            a recording, frame or file cannot be used
        JournalError     a journal is torn, of another version, or does not match
    BackendError         a forced backend is not available here
    CapacityError        a bounded table or buffer is full
    TransportError       a connection cannot be made or used; nothing was sent by the failed call
        ConnectError     an endpoint was not reached, refused, or is not who it should be
        LinkClosedError  a link is closed: what was given to it did not leave
        LinkBusyError    a link's outgoing queue is full: what was given to it did not leave
    SafetyStopError           the run stopped itself: no snapshot, halted, killed
    VerificationError    two results that must be equal are not
"""


class TickpathError(Exception):
    """Root of the tree."""


class ConfigError(TickpathError):
    """A configuration, command-line or instruments value is wrong."""


class LimitError(ConfigError):
    """A value is looser than the compiled ceiling."""


class NoNativeFormError(ConfigError):
    """A model has an operation, or a form of one, that is not compiled into native tables."""


class MetadataError(ConfigError):
    """An instrument is missing or incomplete."""


class KeysError(ConfigError):
    """Key material is missing, locked or of the wrong kind. Never shows a secret."""


class GridError(TickpathError, ValueError):
    """A number is no multiple of its tick, lot or currency unit."""


class DataError(TickpathError):
    """A recording, frame or file cannot be used."""


class JournalError(DataError):
    """A journal is torn, of another version, or does not match."""


class BackendError(TickpathError):
    """A forced backend is not available here."""


class CapacityError(TickpathError):
    """A bounded table or buffer is full."""


class TransportError(TickpathError):
    """A connection cannot be made or used; nothing was sent by the failed call."""


class ConnectError(TransportError):
    """An endpoint was not reached, refused, or is not who it should be."""


class LinkClosedError(TransportError):
    """A link is closed: what was given to it did not leave."""


class LinkBusyError(TransportError):
    """A link's outgoing queue is full: what was given to it did not leave."""


class SafetyStopError(TickpathError):
    """The run stopped itself for safety."""


class VerificationError(TickpathError):
    """Two results that must be equal are not."""
