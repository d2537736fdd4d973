"""The risk gate in RTL against its reference: streams, registers in mid-stream, latency."""

from collections import Counter
from collections.abc import Iterator

import pytest
from gate_rig import DONE, FILL, Log, Rig, Script, codes_of, compare
from gate_streams import Stream

from tickpath.core.codes import Code
from tickpath.devices.fpga.gate import GateSettings

OPEN = GateSettings(
    lots_max=1000, equity=10**12, position_ppm=20_000, collar_ppm=50_000,
    rate_step_ns=10**6, rate_room_ns=999 * 10**6,
)  # fmt: skip
"""20 000 lots at MID."""
MID = 1_000_000


@pytest.fixture
def rig(needs_verilator: None) -> Iterator[Rig]:
    made = Rig()
    yield made
    made.close()


def opened(settings: GateSettings = OPEN) -> Script:
    """Committed, armed, with a reference at MID."""
    script = Script()
    script.commit(settings)
    script.idle()
    script.pins(True)
    script.reference(MID - 1, MID + 1)
    return script


def pressed(rig: Rig, script: Script, seed: int) -> Log:
    """A run under a pattern of pauses that follows from the seed."""
    offer, verdict, order = ((256, 256, 256), (256, 90, 90), (60, 256, 256), (128, 200, 40))[
        seed % 4
    ]
    return rig.run(script, seed, offer, verdict, order)


@pytest.mark.parametrize("seed", range(8))
def test_streams_give_the_codes_of_the_reference(rig: Rig, seed: int) -> None:
    script = Stream(seed).write(4000)
    compare(script, pressed(rig, script, seed))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100, 160))
def test_many_streams_give_the_codes_of_the_reference(rig: Rig, seed: int) -> None:
    script = Stream(seed).write(10_000)
    compare(script, pressed(rig, script, seed))
