"""Runs build.tcl against a stub of Vivado's commands and checks what it would have done.

  python fpga/vivado/check.py

For every board: each source exists and none is missing; every pin and interface named exists in the
RTL or in the DMA's documented face and is connected once; widths and parameters fit; the names are
those that the driver asks for. What Vivado itself would say, this cannot know. Exit code 4 when
something is wrong, 2 when tclsh is missing.
"""

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
RTL = HERE.parent / "rtl"
TCL_S_MAX = 60
DMA_PINS = {
    "s_axi_lite_aclk", "m_axi_mm2s_aclk", "m_axi_s2mm_aclk", "axi_resetn", "M_AXIS_MM2S",
    "S_AXIS_S2MM", "M_AXI_MM2S", "M_AXI_S2MM", "S_AXI_LITE",
}  # fmt: skip
"""Pins and interfaces of the AXI DMA without scatter-gather, PG021."""

DRIVER_CELLS = {
    "tp_top_0": "tickpath:user:tp_top:1.0", "dma_rows": "xilinx.com:ip:axi_dma:1.0",
    "dma_messages": "xilinx.com:ip:axi_dma:1.0", "dma_feed": "xilinx.com:ip:axi_dma:1.0",
}  # fmt: skip
"""What devices/fpga/driver.py looks for; versions are the stub's."""

PORT = re.compile(r"^\s*(input|output)\s+wire\s*(\[[^\]]+\])?\s*(\w+),?$", re.M)
PARAMETER = re.compile(r"parameter integer (\w+)\s*=\s*(\d+)")


class Face:
    """Ports, AXI interfaces and parameters of a module's text."""

    def __init__(self, text: str) -> None:
        head = text[: text.index(");\n")]
        self.parameters = {name: int(value) for name, value in PARAMETER.findall(head)}
        self.ports = {name: (way, self.bits(bits)) for way, bits, name in PORT.findall(head)}
        buses = (re.match(r"([sm]_axi[sl]\w*?)_(?:aw|w|b|ar|r|t)[a-z]+$", p) for p in self.ports)
        self.buses = {found[1] for found in buses if found}

    def bits(self, text: str) -> int:
        """Width of "[NF*32-1:0]", 1 of ""."""
        if not text:
            return 1
        top = text[1:].split(":")[0]
        product, _, one = top.partition("-")
        for name, value in self.parameters.items():
            product = re.sub(rf"\b{name}\b", str(value), product)
        width = 1
        for factor in product.split("*"):
            width *= int(factor)
        return width if one else width + 1


def calls(board: str, out: Path) -> list[list[str]]:
    """Every command that build.tcl gives for a board. RuntimeError when it fails."""
    command = [
        "tclsh",
        str(HERE / "stub.tcl"),
        str(HERE / "build.tcl"),
        board,
        str(out),
        "0xfedcba98",
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=TCL_S_MAX)
    if done.returncode != 0:
        raise RuntimeError(f"{board}: {done.stderr.strip()}")
    return [line.split("\t") for line in done.stdout.splitlines()]


def problems(found: list[list[str]], face: Face) -> list[str]:
    """What is wrong with the commands of one board."""
    said = []
    added = {Path(p) for p in next(c for c in found if c[0] == "add_files")[2].split()}
    wanted = {*RTL.glob("*.sv"), HERE / "overlay.v"}
    said += [f"source {p} is not there" for p in added if not p.exists()]
    said += [f"source {p} is not added" for p in wanted - added]
    cells = {c[-1]: c[c.index("-vlnv") + 1] for c in found if c[0] == "create_bd_cell"}
    said += [f"cell {n} is {cells.get(n)}" for n, v in DRIVER_CELLS.items() if cells.get(n) != v]
    settings = {(c[3], c[1]): c[2] for c in found if c[0] == "set_property"}
    for cell, key in settings:
        name = key.removeprefix("CONFIG.")
        if cell == "tp_top_0" and name not in face.parameters:
            said.append(f"tp_top has no parameter {name}")
    word = settings.get(("tp_top_0", "CONFIG.BUILD"))
    if word != str(0xFEDCBA98 - (1 << 32)):
        said.append(f"BUILD is {word}")
    return said + wrong_pins(found, face, cells) + wrong_widths(found, face, settings)


def wrong_pins(found: list[list[str]], face: Face, cells: dict[str, str]) -> list[str]:
    """Pins that do not exist, or are not connected exactly once where they must be."""
    said = []
    used = [pin for c in found if c[0].startswith("connect_bd") for pin in c[1:]]
    for pin in used:
        cell, name = pin.split("/")
        kind = cells.get(cell, "").split(":")
        if len(kind) < 3:
            said.append(f"no cell {cell}")
        elif kind[2] == "tp_top" and name not in face.buses | face.ports.keys():
            said.append(f"tp_top has no {name}")
        elif kind[2] == "axi_dma" and name not in DMA_PINS:
            said.append(f"the DMA has no {name}")
    needed = {f"tp_top_0/{name}" for name in face.buses | {"aclk", "aresetn"}}
    needed |= {f"{c}/{p}" for c, v in cells.items() if ":axi_dma:" in v for p in DMA_PINS}
    said += [f"{p} is connected {used.count(p)} times" for p in needed if used.count(p) != 1]
    return said


def wrong_widths(
    found: list[list[str]], face: Face, settings: dict[tuple[str, str], str]
) -> list[str]:
    """Streams whose bits differ at their two ends."""
    said = []
    for call in found:
        pins = sorted(call[1:]) if call[0] == "connect_bd_intf_net" else []
        if len(pins) != 2 or not pins[0].startswith("dma_") or "_axis_" not in pins[1]:
            continue
        cell, way = pins[0].split("/")
        name = "mm2s" if way == "M_AXIS_MM2S" else "s2mm"
        side = "m" if name == "mm2s" else "s"
        given = settings.get((cell, f"CONFIG.c_{side}_axis_{name}_tdata_width"))
        bits = face.ports[f"{pins[1].split('/')[1]}_tdata"][1]
        if given != str(bits):
            said.append(f"{pins[1]} has {bits} bits, {pins[0]} {given}")
    return said


def wrong_wrapper() -> list[str]:
    """Where overlay.v does not pass on what tp_top has."""
    outer = Face((HERE / "overlay.v").read_text())
    inner = Face(re.sub(r"\s*//.*", "", (RTL / "top.sv").read_text()))
    said = [f"overlay.v lacks {n}" for n in inner.ports.keys() - outer.ports.keys()
            if n not in ("edge_aclk", "edge_wanted", "time_ns")]  # fmt: skip
    said += [f"{n} differs" for n, p in outer.ports.items() if inner.ports.get(n) != p]
    said += [f"no parameter {n}" for n in inner.parameters.keys() ^ outer.parameters.keys()]
    return said


def main() -> int:
    if shutil.which("tclsh") is None:
        print("no tclsh on PATH: apt-get install tcl", file=sys.stderr)
        return 2
    wrong = wrong_wrapper()
    face = Face((HERE / "overlay.v").read_text())
    for path in sorted(HERE.glob("boards/*.tcl")):
        with tempfile.TemporaryDirectory() as folder:
            found = calls(path.stem, Path(folder))
        wrong += [f"{path.stem}: {text}" for text in problems(found, face)]
        print(f"{path.stem}: {len(found)} commands")
    for text in wrong:
        print(text, file=sys.stderr)
    return 4 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
