from os import PathLike
from typing import NamedTuple

from tickpath.lanes.shm import Mapping

class SlotValue(NamedTuple):
    value: bytes
    seq: int
    t_ns: int
    model_hash: int
    config_epoch: int

class Slot:
    mapping: Mapping
    @property
    def value_bytes(self) -> int: ...
    @staticmethod
    def create(value_bytes: int, *, path: str | PathLike[str] | None = None) -> Slot: ...
    @staticmethod
    def attach(source: str | PathLike[str] | int, writable: bool = False) -> Slot: ...
    def write(
        self,
        value: bytes,
        *,
        seq: int = 0,
        t_ns: int = 0,
        model_hash: int = 0,
        config_epoch: int = 0,
    ) -> None: ...
    def read(self) -> SlotValue | None: ...
    def write_sequence(self, count: int) -> None: ...
    def check_sequence(self, last: int) -> tuple[int, int, int]: ...
