"""Instructions of a round trip: picows alone, and our default client with a listener or a hook.

Question: what does our client execute beside the library alone, whatever the load of the machine?
Usage, about a minute:

    python benchmarks/wire/wire_instructions.py [--json FILE]

Both ends are in one process and one loop; the server is picows and the same for all. Counted by
callgrind, the difference of two runs of another length, so that nothing of the start is in it.
Kernel time is not in it either. Bar: callback and hook <= 1.0 x picows.
"""

import argparse
import gc
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from wire_client import ORDER, Answer

KINDS = ("picows", "callback", "hook")
SHORT, LONG = 1500, 4500
SECONDS_MAX = 60.0
TICK = b"t" * 200


async def play(kind: str, rounds: int) -> None:
    """`rounds` ticks and orders between a server and a client of this kind."""
    import picows

    from tickpath.venues.transport import picows_client
    from tickpath.venues.transport.base import Endpoint
    from tickpath.venues.transport.hooks import ReplyHook

    class Venue(picows.WSListener):
        left = rounds

        def on_ws_frame(self, transport: Any, frame: Any) -> None:
            self.left -= 1
            if self.left:
                transport.send(picows.WSMsgType.TEXT, TICK)
            else:
                transport.disconnect()

    class Echo(picows.WSListener):
        def on_ws_connected(self, transport: Any) -> None:
            transport.send(picows.WSMsgType.TEXT, ORDER)

        def on_ws_frame(self, transport: Any, frame: Any) -> None:
            transport.send(picows.WSMsgType.TEXT, ORDER)

    server = await picows.ws_create_server(
        lambda _: Venue(), "127.0.0.1", 0, websocket_handshake_timeout=None
    )
    url = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    if kind == "picows":
        transport, _ = await picows.ws_connect(Echo, url, websocket_handshake_timeout=None)
        await transport.wait_disconnected()
    else:
        answer, hook = Answer(), ReplyHook(ORDER)
        capsule = hook.capsule() if kind == "hook" else None
        endpoint = Endpoint(url=url, connect_timeout_s=SECONDS_MAX)
        await picows_client.connect(endpoint, answer, capsule)
        await answer.ended.wait()
    server.close()


def counted(kind: str, rounds: int) -> int:
    """Instructions of one whole run."""
    tool = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null"]
    command = [*tool, sys.executable, __file__, "--play", kind, str(rounds)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    found = re.search(r"Collected : (\d+)", done.stderr)
    assert found is not None, done.stderr[-300:]
    return int(found.group(1))


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--play", nargs=2, metavar=("KIND", "ROUNDS"), help=argparse.SUPPRESS)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    if options.play:
        import uvloop

        gc.freeze()
        gc.disable()
        uvloop.run(play(options.play[0], int(options.play[1])))
        return 0
    found = {k: (counted(k, LONG) - counted(k, SHORT)) / (LONG - SHORT) for k in KINDS}
    for kind, figure in found.items():
        ratio = figure / found["picows"]
        verdict = "" if kind == "picows" else f"  bar 1.0: {'met' if ratio <= 1 else 'missed'}"
        print(f"{kind:10} {figure:8.0f} instructions a round trip, {ratio:.3f} x picows{verdict}")
    if options.json:
        options.json.write_text(json.dumps({"instructions": found}) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
