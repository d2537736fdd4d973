"""The gate's reference against the engine's native risk stage, and its own edges."""

from collections import Counter

from gate_rig import ORDER, Log, Replay
from gate_worlds import JUDGED, World


def codes_of_world(seed: int) -> list[int]:
    """What native risk and, asserted, the reference say of one world."""
    world = World(seed)
    script = world.write(1500)
    clocks = list(range(len(script.steps)))
    verdicts = [(k, 0, 0) for k, s in enumerate(script.steps) if s[0] == 0 and s[1] & 255 == ORDER]
    found = [code for _, code in Replay(script, Log(0, verdicts, [], clocks, {}, 0)).run()]
    pairs = enumerate(zip(found, world.codes, strict=True))
    wrong = [(k, a, b) for k, (a, b) in pairs if a != b]
    assert not wrong, f"world {seed}: {len(wrong)} differ, first (order, gate, native) {wrong[0]}"
    return found


def test_codes_are_those_of_native_risk() -> None:
    codes = Counter(code for seed in range(10) for code in codes_of_world(seed))
    assert set(codes) >= JUDGED
