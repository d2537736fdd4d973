from tickpath.core.backend import Available

FRAMES_MIN: int
FRAMES_MAX: int
MODES: tuple[str, ...]

def reason_of(call: str, number: int) -> str: ...
def probe(interface: str = "") -> Available: ...
def plans(mode: str) -> tuple[tuple[int, int, str], ...]: ...

class XdpReceiver:
    mode: str
    interface: str
    port: int
    queue: int
    def __init__(
        self,
        interface: str,
        port: int,
        *,
        queue: int = 0,
        frames: int = 4096,
        mode: str = "auto",
        group: str = "",
        busy_poll_us: int = 0,
    ) -> None: ...
    def close(self) -> None: ...
    def fileno(self) -> int: ...
    def run(self, sink: object, most: int, timeout_ns: int, *, spin: bool = False) -> int: ...
    def receive(self, most: int = 64, timeout_ms: int = 0) -> list[tuple[int, bytes]]: ...
    def statistics(self) -> dict[str, int]: ...
