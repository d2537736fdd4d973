"""The exception tree. Every message says what was wrong, where, and what to do next.

TickpathError
    ConfigError          a configuration, command-line or instruments value is wrong
        LimitError       a value is looser than the compiled ceiling
        MetadataError    an instrument is missing or incomplete
    GridError            a number is no multiple of its tick, lot or currency unit
    DataError            a recording, frame or file cannot be used
        JournalError     a journal is torn, of another version, or does not match
    BackendError         a forced backend is not available here
    CapacityError        a bounded table or buffer is full
    SafetyStopError           the run stopped itself: no snapshot, halted, killed
    VerificationError    two results that must be equal are not
"""


class TickpathError(Exception):
    """Root of the tree."""


class ConfigError(TickpathError):
    """A configuration, command-line or instruments value is wrong."""


class LimitError(ConfigError):
    """A value is looser than the compiled ceiling."""


class MetadataError(ConfigError):
    """An instrument is missing or incomplete."""


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


class SafetyStopError(TickpathError):
    """The run stopped itself for safety."""


class VerificationError(TickpathError):
    """Two results that must be equal are not."""
