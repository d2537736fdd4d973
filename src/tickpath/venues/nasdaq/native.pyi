from tickpath.core.backend import Available
from tickpath.venues.nasdaq.native_l3 import L3Book
from tickpath.venues.text.decoder_face import DecoderFace

def probe() -> Available: ...

class MarketDecoder(DecoderFace):
    book: L3Book
    @property
    def next(self) -> int: ...
    @property
    def live(self) -> list[bool]: ...
