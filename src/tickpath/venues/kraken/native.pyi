from tickpath.core.backend import Available
from tickpath.core.records import MarketEvent
from tickpath.venues.text.decoder_face import DecoderFace

def probe() -> Available: ...

class MarketDecoder(DecoderFace):
    def decode_general(self, data: bytes) -> tuple[int, MarketEvent | None]: ...
