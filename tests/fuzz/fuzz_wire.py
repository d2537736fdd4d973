"""Long fuzzing of the market decoders: the fast scanner against the general one, natively.

    PYTHONPATH=src:tests python tests/fuzz/fuzz_wire.py [
        --frames 20000000] [--seed 1] [--reference 100000]

Runs the frames over text and binary seeds (20 million of each take under a minute), with memory
that ends behind each frame's padding, then some against the Python reference. Prints the counts by
code; on a difference the frame as hex and exit 1.
"""

import argparse
import sys
import time

from venues.binance.wire_frames import GOOD, SYMBOLS, corpus, encode_sbe, odd_config

from tickpath.core.codes import Code
from tickpath.venues.binance import native, wire
from tickpath.venues.binance.fuzzing import fuzz_decode, mutations


def seeds() -> dict[str, list[bytes]]:
    """Frames to mutate, by kind of decoder."""
    text = [case["data"] for case in corpus("market.jsonl") if case["data"][:1] in (b"{", b" ")]
    binary = [encode_sbe(*case, symbol) for case in GOOD for symbol, _, _ in SYMBOLS[:3]]
    binary += [encode_sbe(*case, "BTCUSDT", version=2, tail=b"more") for case in GOOD]
    return {"text": text, "binary": binary}


def main() -> int:
    parser = argparse.ArgumentParser(description="Fuzz the Binance market decoders.")
    parser.add_argument("--frames", type=int, default=20_000_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--reference", type=int, default=100_000)
    options = parser.parse_args()
    config = odd_config()
    fast, general = native.MarketDecoder(config, 0), native.MarketDecoder(config, 0)
    reference = wire.MarketDecoder(config, 0)
    for name, frames in seeds().items():
        start = time.monotonic()
        counts, found = fuzz_decode(fast, general, frames, options.frames, options.seed)
        seconds = time.monotonic() - start
        print(f"{name}: {sum(counts.values())} frames in {seconds:.1f} s")
        for code, count in counts.items():
            print(f"  {Code(code).name:<22}{count:>12}")
        if found is None:
            for frame in mutations(frames, options.reference, options.seed + 1):
                if fast.decode(frame) != reference.decode(frame):
                    found = frame
                    break
        if found is not None:
            print(f"  differ on {found.hex()}\n  {found!r}")
            print(f"  reference {reference.decode(found)}\n  fast      {fast.decode(found)}")
            print(f"  general   {fast.decode_general(found)}")
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
