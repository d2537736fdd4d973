"""PTX of nvcc or NVRTC to C++ over cuda_shim.h, so that a compiler's own output runs on the CPU.

It knows the instructions that our kernels use, in float64 and integers; any other is an error, and
so is one that rounds otherwise than IEEE (fma, .ftz, .approx, add.f64 that ptxas may fuse).
Shared memory is watched: who wrote and read each 4-byte word since which barrier.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

UNSIGNED = {8: "uint8_t", 16: "uint16_t", 32: "uint32_t", 64: "uint64_t"}
TYPES = {
    **{f"{kind}{bits}": name for kind in "ub" for bits, name in UNSIGNED.items()},
    **{f"s{bits}": name[1:] for bits, name in UNSIGNED.items()},
    "f64": "double",
    "pred": "bool",
}
SPECIAL = {
    f"%{ptx}.{axis}": f"(uint32_t){shim}.{axis}"
    for ptx, shim in (
        ("tid", "threadIdx"),
        ("ntid", "blockDim"),
        ("ctaid", "blockIdx"),
        ("nctaid", "gridDim"),
    )
    for axis in "xyz"
}
COMPARE = {"eq": "==", "ne": "!=", "lt": "<", "le": "<=", "gt": ">", "ge": ">="}
UNSIGNED_COMPARE = {"lo": "<", "ls": "<=", "hi": ">", "hs": ">="}
INFIX = {"add": "+", "sub": "-", "mul": "*", "and": "&", "or": "|", "xor": "^"}
INEXACT = {"fma", "mad", "approx", "ftz", "full", "sat", "rz", "rm", "rp"}

PRELUDE = r"""
#include "cuda_shim.h"
template <class T, class S> static inline T bits(S s)
{
    T t{};
    memcpy(&t, &s, sizeof(T) < sizeof(S) ? sizeof(T) : sizeof(S));
    return t;
}
template <class T> static inline T load(uint64_t a)
{ T t; memcpy(&t, (void*)a, sizeof t); return t; }
template <class T> static inline void store(uint64_t a, T t) { memcpy((void*)a, &t, sizeof t); }
template <class T> static inline T whole(double x)
{
    const double end = (double)(T)(((uint64_t)1 << (8 * sizeof(T) - 1)) - 1);
    const T low = (T)((uint64_t)1 << (8 * sizeof(T) - 1)), high = (T)~low;
    return x != x ? 0 : x >= end ? high : x <= -end - 1.0 ? low : (T)x;
}
static inline double extreme(double a, double b, bool largest)
{
    if (a != a) return b != b ? bits<double>((uint64_t)0x7fffffffffffffff) : b;
    if (b != b) return a;
    if (a == b) return __builtin_signbit(a) == largest ? b : a;
    return (a > b) == largest ? a : b;
}
struct Word { unsigned write_epoch, writer, read_epoch, reader, block; };
static void fail(const char* text) { if (!emu::error) emu::error = text; }
template <size_t N> struct Shared {
    alignas(16) char data[N + 16];
    Word words[N / 4 + 1];
    bool touch(uint64_t a, unsigned size, bool write)
    {
        unsigned me = emu::thread_number() + 1;
        if (a + size > N) { fail("shared memory out of range"); return false; }
        for (uint64_t k = a / 4; k < (a + size + 3) / 4; ++k) {
            Word& w = words[k];
            if (w.write_epoch == emu::epoch && w.writer != me)
                fail("shared race: no barrier behind another thread's write");
            if (write && w.read_epoch == emu::epoch && w.reader != me)
                fail("shared race: no barrier behind another thread's read");
            if (!write && w.block != emu::block_number)
                fail("shared memory read before it was written");
            if (write) {
                w.write_epoch = emu::epoch; w.writer = me; w.block = emu::block_number;
            } else {
                w.reader = w.read_epoch == emu::epoch && w.reader != me ? 0 : me;
                w.read_epoch = emu::epoch;
            }
        }
        return true;
    }
    template <class T> T get(uint64_t a)
    { return touch(a, sizeof(T), false) ? load<T>((uint64_t)data + a) : T{}; }
    template <class T> void put(uint64_t a, T t)
    { if (touch(a, sizeof(T), true)) store<T>((uint64_t)data + a, t); }
};
"""


class RefusedError(Exception):
    """An instruction that is inexact or unknown."""


@dataclass
class Kernel:
    """An entry as parsed."""

    name: str
    params: list[tuple[str, str]]
    registers: dict[str, str] = field(default_factory=dict)
    shared: dict[str, int] = field(default_factory=dict)
    shared_bytes: int = 0
    local_bytes: int = 0
    body: list[str] = field(default_factory=list)

    def declare(self, text: str) -> bool:
        """Take a declaration; False when the statement is none."""
        if found := re.fullmatch(r"\.reg \.(\w+)\s+(%\w+?)(?:<(\d+)>)?", text):
            kind, name, count = found.groups()
            held = "bool" if kind == "pred" else UNSIGNED[int(re.sub(r"\D", "", kind))]
            names = [name] if count is None else [f"{name}{k}" for k in range(int(count))]
            self.registers |= dict.fromkeys(names, held)
        elif found := re.fullmatch(r"\.shared \.align (\d+) \.b8 (\w+)\[(\d+)\]", text):
            align, size = int(found[1]), int(found[3])
            self.shared[found[2]] = -(-self.shared_bytes // align) * align
            self.shared_bytes = self.shared[found[2]] + size
        elif found := re.fullmatch(r"\.local \.align \d+ \.b8 \w+\[(\d+)\]", text):
            self.local_bytes = int(found[1])
        else:
            return text.startswith((".pragma", ".loc"))
        return True


def parse(text: str) -> Iterator[Kernel]:
    """Entries of a PTX module."""
    text = re.sub(r"//[^\n]*|/\*.*?\*/", "", text, flags=re.S)
    for found in re.finditer(r"\.visible \.entry (\w+)\((.*?)\)(.*?)\{(.*)\n\}", text, re.S):
        params = re.findall(r"\.param \.(\w+)[^,]*?(\w+)(?=,|\s*$)", found[2])
        kernel = Kernel(found[1], params)
        for line in re.split(r";|(?<=:)\n", found[4]):
            line = " ".join(line.split())
            while label := re.match(r"(\$?\w+):\s*", line):
                kernel.body.append(label[1] + ":")
                line = line[label.end() :]
            if line and not kernel.declare(line):
                kernel.body.append(line)
        yield kernel


def plain(name: str) -> str:
    """A PTX name as a C++ one."""
    return "v_" + name.lstrip("%").replace("$", "_")


class Writer:
    """C++ of one kernel."""

    def __init__(self, kernel: Kernel) -> None:
        self.kernel = kernel
        self.places = {name: k for k, (_, name) in enumerate(kernel.params)}

    def refuse(self, why: str, text: str) -> RefusedError:
        return RefusedError(f"{self.kernel.name}: {why}: {text}")

    def read(self, operand: str, kind: str) -> str:
        """The operand as a value of a PTX type."""
        c = TYPES[kind]
        if operand in SPECIAL:
            return f"({c}){SPECIAL[operand]}"
        if operand.startswith("!%"):
            return f"(!{plain(operand[1:])})"
        if operand in self.kernel.registers:
            return plain(operand) if kind == "pred" else f"bits<{c}>({plain(operand)})"
        if operand in self.kernel.shared:
            return f"({c}){self.kernel.shared[operand]}"
        if operand.startswith("__local_depot"):
            return f"({c})(uint64_t)local"
        if operand.startswith("0d"):
            return f"bits<double>((uint64_t)0x{operand[2:]}ull)"
        if re.fullmatch(r"-?(\d+|0[xX][0-9A-Fa-f]+)U?", operand):
            return f"({c})({operand.rstrip('U')}ll)"
        raise self.refuse("unknown operand", operand)

    def write(self, register: str, kind: str, value: str) -> str:
        if kind == "pred":
            return f"{plain(register)} = {value};"
        held = self.kernel.registers[register]
        return f"{plain(register)} = bits<{held}>(({TYPES[kind]})({value}));"

    def address(self, operand: str) -> str:
        found = re.fullmatch(r"\[([^\]+]+)(?:\+(-?\d+))?\]", operand)
        if found is None:
            raise self.refuse("unknown address", operand)
        base, offset = found[1].strip(), int(found[2] or 0)
        narrow = self.kernel.registers.get(base) == "uint32_t" or base in self.kernel.shared
        value = self.read(base, "u32" if narrow else "u64")
        return f"((uint64_t){value} + ({offset}))"

    def statement(self, text: str) -> str:
        """One instruction, behind its predicate."""
        guard = ""
        if found := re.match(r"@(!?)(%\w+)\s+", text):
            guard = f"if ({found[1]}{plain(found[2])}) "
            text = text[found.end() :]
        name, _, rest = text.partition(" ")
        operands = [o.strip() for o in re.split(r",(?![^{]*\})", rest)] if rest else []
        parts = name.split(".")
        self.check_exact(parts, text)
        handler = getattr(self, f"do_{parts[0]}", None)
        if handler is None:
            raise self.refuse("unknown instruction", text)
        try:
            return f"    {guard}{{ {handler(parts, operands)} }}"
        except (KeyError, IndexError, ValueError) as error:
            raise self.refuse(f"unknown form ({error!r})", text) from error

    def check_exact(self, parts: list[str], text: str) -> None:
        if not any(p in ("f64", "f32", "f16") for p in parts):
            return
        if parts[-1] in ("f32", "f16") or INEXACT & set(parts):
            raise self.refuse("inexact instruction", text)
        if parts[0] in ("add", "sub", "mul", "div", "rcp", "sqrt") and "rn" not in parts:
            raise self.refuse("inexact instruction", text)

    def do_mov(self, p: list[str], o: list[str]) -> str:
        return self.write(o[0], p[1], self.read(o[1], p[1]))

    def do_cvta(self, p: list[str], o: list[str]) -> str:
        if not {"global", "local"} & set(p):
            raise ValueError("address space")
        return self.write(o[0], p[-1], self.read(o[1], p[-1]))

    def do_ld(self, p: list[str], o: list[str]) -> str:
        kind = p[-1]
        c, size = TYPES[kind], int(kind[1:]) // 8
        if p[1] == "param":
            place = self.places[o[1].strip("[]")]
            return self.write(o[0], kind, f"*({c}*)given[{place}]")
        targets = [t.strip() for t in o[0].strip("{}").split(",")]
        at = self.address(o[1])
        get = {"shared": "shared.get", "global": "load", "local": "load"}[p[1]]
        return " ".join(
            self.write(target, kind, f"{get}<{c}>({at} + {k * size})")
            for k, target in enumerate(targets)
        )

    def do_st(self, p: list[str], o: list[str]) -> str:
        kind = p[-1]
        c, size = TYPES[kind], int(kind[1:]) // 8
        sources = [s.strip() for s in o[1].strip("{}").split(",")]
        put = {"shared": "shared.put", "global": "store", "local": "store"}[p[1]]
        at = self.address(o[0])
        return " ".join(
            f"{put}<{c}>({at} + {k * size}, {self.read(source, kind)});"
            for k, source in enumerate(sources)
        )

    def do_atom(self, p: list[str], o: list[str]) -> str:
        if p[1:] != ["global", "add", "u32"]:
            raise ValueError("atomic")
        at, more = self.address(o[1]), self.read(o[2], "u32")
        old = self.write(o[0], "u32", "before")
        return (
            f"uint64_t at = {at}; uint32_t before = load<uint32_t>(at); "
            f"store<uint32_t>(at, before + {more}); {old}"
        )

    def infix(self, p: list[str], o: list[str]) -> str:
        kind, sign = p[-1], INFIX[p[0]]
        if kind == "pred":
            return self.write(o[0], kind, f"{self.read(o[1], kind)} {sign} {self.read(o[2], kind)}")
        if kind != "f64":
            kind = "u" + kind[1:]
        a, b = self.read(o[1], kind), self.read(o[2], kind)
        return self.write(o[0], kind, f"{a} {sign} {b}")

    do_add = do_sub = do_and = do_or = do_xor = infix

    def product(self, p: list[str], o: list[str]) -> tuple[str, str]:
        """Type and value of an integer product."""
        kind = p[-1]
        if p[1] == "wide":
            wide = f"{kind[0]}{2 * int(kind[1:])}"
            c = TYPES[wide]
            return wide, f"({c}){self.read(o[1], kind)} * ({c}){self.read(o[2], kind)}"
        if p[1] == "hi" and kind[1:] == "64":
            wide = "unsigned __int128" if kind[0] == "u" else "__int128"
            value = f"({wide}){self.read(o[1], kind)} * {self.read(o[2], kind)}"
            return kind, f"({TYPES[kind]})(({value}) >> 64)"
        if p[1] != "lo":
            raise ValueError(p[1])
        kind = "u" + kind[1:]
        return kind, f"{self.read(o[1], kind)} * {self.read(o[2], kind)}"

    def do_mul(self, p: list[str], o: list[str]) -> str:
        return self.infix(p, o) if p[-1] == "f64" else self.write(o[0], *self.product(p, o))

    def do_mad(self, p: list[str], o: list[str]) -> str:
        kind, value = self.product(p, o)
        return self.write(o[0], kind, f"{value} + {self.read(o[3], kind)}")

    def do_div(self, p: list[str], o: list[str]) -> str:
        kind = p[-1]
        return self.write(o[0], kind, f"{self.read(o[1], kind)} / {self.read(o[2], kind)}")

    def do_rem(self, p: list[str], o: list[str]) -> str:
        kind = p[-1]
        return self.write(o[0], kind, f"{self.read(o[1], kind)} % {self.read(o[2], kind)}")

    def do_rcp(self, p: list[str], o: list[str]) -> str:
        return self.write(o[0], "f64", f"1.0 / {self.read(o[1], 'f64')}")

    def do_sqrt(self, p: list[str], o: list[str]) -> str:
        return self.write(o[0], "f64", f"__builtin_sqrt({self.read(o[1], 'f64')})")

    def do_not(self, p: list[str], o: list[str]) -> str:
        sign = "!" if p[-1] == "pred" else "~"
        return self.write(o[0], p[-1], f"{sign}{self.read(o[1], p[-1])}")

    def do_neg(self, p: list[str], o: list[str]) -> str:
        kind = p[-1] if p[-1] == "f64" else "u" + p[-1][1:]
        return self.write(o[0], kind, f"-{self.read(o[1], kind)}")

    def do_abs(self, p: list[str], o: list[str]) -> str:
        if p[-1] == "s64":
            value = self.read(o[1], "s64")
            return self.write(o[0], "u64", f"{value} < 0 ? 0 - (uint64_t){value} : {value}")
        if p[-1] != "f64":
            raise ValueError(p[-1])
        return self.write(o[0], "f64", f"__builtin_fabs({self.read(o[1], 'f64')})")

    def extreme(self, p: list[str], o: list[str]) -> str:
        kind = p[-1]
        a, b = self.read(o[1], kind), self.read(o[2], kind)
        if kind == "f64":
            if len(p) != 2:
                raise ValueError("not a number passed on")
            return self.write(o[0], kind, f"extreme({a}, {b}, {int(p[0] == 'max')})")
        return self.write(o[0], kind, f"{a} {'<' if p[0] == 'min' else '>'} {b} ? {a} : {b}")

    do_min = do_max = extreme

    def shift(self, p: list[str], o: list[str]) -> str:
        kind = p[-1]
        a, b = self.read(o[1], kind), self.read(o[2], "u32")
        rest = f"({a} < 0 ? -1 : 0)" if kind[0] == "s" else "0"
        sign = "<<" if p[0] == "shl" else ">>"
        return self.write(o[0], kind, f"{b} >= {kind[1:]} ? {rest} : {a} {sign} {b}")

    do_shl = do_shr = shift

    def do_bfi(self, p: list[str], o: list[str]) -> str:
        if not (o[3].isdigit() and o[4].isdigit() and int(o[3]) + int(o[4]) <= int(p[1][1:])):
            raise ValueError("bit field")
        kind = "u" + p[1][1:]
        c, at, mask = TYPES[kind], int(o[3]), (1 << int(o[4])) - 1
        low, other = self.read(o[1], kind), self.read(o[2], kind)
        field = f"(({low} & ({c}){mask:#x}ull) << {at})"
        return self.write(o[0], kind, f"({other} & ~(({c}){mask:#x}ull << {at})) | {field}")

    def do_selp(self, p: list[str], o: list[str]) -> str:
        a, b = self.read(o[1], p[-1]), self.read(o[2], p[-1])
        return self.write(o[0], p[-1], f"{self.read(o[3], 'pred')} ? {a} : {b}")

    def do_setp(self, p: list[str], o: list[str]) -> str:
        if len(p) != 3:
            raise ValueError("combined comparison")
        how, kind = p[1], p[2]
        a, b = self.read(o[1], kind), self.read(o[2], kind)
        nan = f"({a} != {a} || {b} != {b})"
        if how in ("nan", "num"):
            value = nan if how == "nan" else f"!{nan}"
        elif kind == "f64" and how[-1] == "u":
            value = f"{nan} || {a} {COMPARE[how[:-1]]} {b}"
        elif kind == "f64" and how == "ne":
            value = f"!{nan} && {a} != {b}"
        else:
            value = f"{a} {(COMPARE if how in COMPARE else UNSIGNED_COMPARE)[how]} {b}"
        return self.write(o[0], "pred", value)

    def do_cvt(self, p: list[str], o: list[str]) -> str:
        to, source = p[-2], p[-1]
        value = self.read(o[1], source)
        if source == "f64" and to != "f64":
            if "rzi" not in p or to[0] != "s":
                raise ValueError("rounding")
            value = f"whole<{TYPES[to]}>({value})"
        elif to == "f64" and source != "f64" and "rn" not in p:
            raise ValueError("rounding")
        if to != "f64" and self.kernel.registers[o[0]] != f"uint{to[1:]}_t":
            held = self.kernel.registers[o[0]]
            c = held[1:] if to[0] == "s" else held
            return f"{plain(o[0])} = ({held})({c})({TYPES[to]})({value});"
        return self.write(o[0], to, value)

    def do_bra(self, p: list[str], o: list[str]) -> str:
        return f"goto {plain(o[0])};"

    def do_ret(self, p: list[str], o: list[str]) -> str:
        return "return;"

    def do_bar(self, p: list[str], o: list[str]) -> str:
        if "sync" not in p or o != ["0"]:
            raise ValueError("barrier")
        return "emu::barrier();"

    do_barrier = do_bar

    def text(self) -> str:
        kernel = self.kernel
        lines = [
            f"static Shared<{max(kernel.shared_bytes, 16)}> shared_{kernel.name};",
            f"static void ptx_{kernel.name}(void** given)",
            "{",
            f"    auto& shared = shared_{kernel.name};",
            f"    alignas(16) char local[{max(kernel.local_bytes, 16)}];",
            "    memset(local, 0x7f, sizeof local);",
            *(f"    {held} {plain(name)} = {{}};" for name, held in kernel.registers.items()),
        ]
        for item in kernel.body:
            lines.append(f"{plain(item[:-1])}:;" if item.endswith(":") else self.statement(item))
        lines += [
            "}",
            f'extern "C" int emu_{kernel.name}(const unsigned* grid, const unsigned* block, '
            "void** given)",
            f"{{ return emu::run(ptx_{kernel.name}, grid, block, given); }}",
        ]
        return "\n".join(lines)


def translate(modules: list[str]) -> str:
    """C++ of all entries of PTX modules. RefusedError, or ValueError when there is no entry."""
    found = [Writer(kernel).text() for text in modules for kernel in parse(text)]
    if not found:
        raise ValueError("no entry in the PTX")
    return PRELUDE + "\n".join(found) + "\n"
