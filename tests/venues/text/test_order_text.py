"""The writers of order text, as vectors and as plain C, against Python's own formatting."""

import ctypes
import random
import shutil
import subprocess
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parents[3] / "src" / "tickpath"
FACE = """
#include "order_text.h"
int amount(char* out, uint64_t units, uint64_t scale, int decimals) {
  return (int)(tp_put_amount(out, units, scale, decimals) - out);
}
int count(char* out, uint64_t value) { return (int)(tp_put_count(out, value) - out); }
int id(char* out, uint64_t value) { return (int)(tp_put_id(out, value) - out); }
"""


@pytest.fixture(scope="module", params=[[], ["-DTICKPATH_PORTABLE"]], ids=["vectors", "plain"])
def text(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> ctypes.CDLL:
    if shutil.which("gcc") is None:
        pytest.skip("gcc is not installed")
    place = tmp_path_factory.mktemp("order_text")
    (place / "face.c").write_text(FACE)
    folders = [f"-I{SOURCE / 'core'}", f"-I{SOURCE / 'venues/text'}"]
    command = ["gcc", "-O2", "-fPIC", "-shared", "-mssse3", *request.param, *folders]
    subprocess.run([*command, str(place / "face.c"), "-o", str(place / "face.so")], check=True)
    return ctypes.CDLL(str(place / "face.so"))


def written(call: "ctypes._NamedFuncPointer", value: int, *rest: int) -> str:
    out = ctypes.create_string_buffer(256)
    numbers = [ctypes.c_uint64(value), *(ctypes.c_uint64(n) for n in rest[:1]), *rest[1:]]
    length = call(out, *numbers)
    return out.raw[:length].decode()


def numbers(bits: int) -> list[int]:
    """The least and the greatest of every length, and some between."""
    rng = random.Random(11)
    edges = [n for k in range(20) for n in (10**k - 1, 10**k, 10**k + 1)]
    drawn = [rng.randrange(10 ** rng.randrange(1, 20)) for _ in range(300)]
    return [n for n in {*edges, *drawn, 2**bits - 1} if n < 2**bits]


def test_whole_numbers(text: ctypes.CDLL) -> None:
    for n in numbers(64):
        assert written(text.count, n) == str(n)


def test_decimals_of_every_scale(text: ctypes.CDLL) -> None:
    for decimals in range(19):
        for n in numbers(63):
            whole, rest = divmod(n, 10**decimals)
            expected = f"{whole}.{rest:0{decimals}d}" if decimals else str(n)
            assert written(text.amount, n, 10**decimals, decimals) == expected


def test_ids(text: ctypes.CDLL) -> None:
    for n in [*numbers(64), 0x0123_4567_89AB_CDEF, 0xFEDC_BA98_7654_3210]:
        assert written(text.id, n) == f"{n:016x}"
