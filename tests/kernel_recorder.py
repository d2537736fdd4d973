"""A compiler of kernels that writes down what it was asked for."""

from collections.abc import Sequence
from pathlib import Path

from tickpath.core.errors import BackendError
from tickpath.devices.gpu import kernels


class Recorder:
    """Answers `code`, or refuses."""

    name = "recorder"

    def __init__(self, *, refuses: bool = False, version: str = "1") -> None:
        self.refuses = refuses
        self.number = version
        self.asked: list[tuple[str, str]] = []

    def version(self) -> str:
        return self.number

    def compile(
        self, source: Path, arch: str, flags: Sequence[str] = kernels.FLAGS
    ) -> kernels.Compiled:
        self.asked.append((source.name, arch))
        if self.refuses:
            raise BackendError(f"refused by {self.number}")
        return kernels.Compiled(code=b"code", log="")
