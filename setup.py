"""The only build logic: finds *.pyx, writes the generated headers and tables, sets the flags.

TICKPATH_DEBUG=1     bounds checks and -O1 -g in every module
TICKPATH_SANITIZE=1  AddressSanitizer and UndefinedBehaviorSanitizer (run under `make sanitize`);
                     thread: ThreadSanitizer (run under `make tsan`)
TICKPATH_PROFILE=generate, then use: which way branches went in a training run (see `make profiled`)
TICKPATH_ONLY="a b"  builds only the modules whose dotted name contains one of the words
TICKPATH_JOBS=N      parallel compilations, 2 unless said
TICKPATH_CUBIN=F     a folder of `tickpath doctor --compile-kernels F`, which the wheel then carries
"""

import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from pathlib import Path

from Cython.Build import cythonize
from Cython.Utils import file_generated_by_this_cython
from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext
from setuptools.command.build_py import build_py

ROOT = Path(__file__).resolve().parent
SRC = ROOT / "src"
PACKAGE = SRC / "tickpath"
KERNELS = ROOT / "cuda"
"""What the GPU and its twin on the CPU are compiled from; a wheel carries a copy."""
FABRIC = ROOT / "fpga"
"""The overlay's RTL and the rigs that simulate it; a wheel carries a copy."""
CARRIED = {KERNELS: "devices/gpu/cuda", FABRIC: "devices/fpga/fabric"}
DEBUG = os.environ.get("TICKPATH_DEBUG") == "1"
SANITIZE = {"1": "address,undefined", "thread": "thread"}.get(
    os.environ.get("TICKPATH_SANITIZE", "")
)
PROFILE = {
    "generate": (["-fprofile-generate"], ["-fprofile-generate"]),
    "use": (["-fprofile-use", "-fprofile-partial-training", "-Wno-missing-profile"], []),
}.get(os.environ.get("TICKPATH_PROFILE", ""), ([], []))
ONLY = os.environ.get("TICKPATH_ONLY", "").split()
JOBS = int(os.environ.get("TICKPATH_JOBS", "2"))
COMPILED_AHEAD = os.environ.get("TICKPATH_CUBIN", "")

SHARED = "tickpath.core._shared"
"""Cython's own functions (memoryviews, Python's side of functions), written by Cython: without it
every module has a copy, and half the compiler's time goes into the copies."""
DIRECTIVES = {
    "language_level": "3",
    "boundscheck": DEBUG,
    "wraparound": False,
    "cdivision": True,
    "initializedcheck": DEBUG,
    "embedsignature": True,
    "binding": True,
    "profile": False,
}


def write_when_changed(path: Path, text: str) -> None:
    """Keep the time stamp of an unchanged generated file, so that nothing is rebuilt for it."""
    if not path.exists() or path.read_text() != text:
        path.write_text(text)


def limits_header() -> str:
    tables = tomllib.loads((ROOT / "limits.toml").read_text())
    lines = [
        "/* Written by setup.py from limits.toml. Do not edit. */",
        "#ifndef TICKPATH_LIMITS_GEN_H",
        "#define TICKPATH_LIMITS_GEN_H",
        "#include <assert.h>",
    ]
    lines += ["enum {"]
    small = {k: v for t in tables.values() for k, v in t.items() if v < 2**31}
    large = {k: v for t in tables.values() for k, v in t.items() if v >= 2**31}
    lines += [f"  TP_{k.upper()} = {v}," for k, v in small.items()]
    lines += ["};"]
    lines += [f"#define TP_{k.upper()} ((int64_t){v}LL)" for k, v in large.items()]
    lines += [
        "#ifndef __cplusplus",
        'static_assert(TP_POSITION_CEILING_PPM <= 20000, "position ceiling is 2 % of equity");',
        "static_assert((TP_LADDER_WINDOW_TICKS & (TP_LADDER_WINDOW_TICKS - 1)) == 0,"
        ' "ladder window is a power of two");',
        "static_assert((TP_ORDERS_MAX & (TP_ORDERS_MAX - 1)) == 0,"
        ' "order table is a power of two");',
        "static_assert((TP_ENDED_ORDERS_MAX & (TP_ENDED_ORDERS_MAX - 1)) == 0,"
        ' "memory of ended orders is a power of two");',
        "static_assert((TP_FILLS_REMEMBERED_MAX & (TP_FILLS_REMEMBERED_MAX - 1)) == 0,"
        ' "memory of fills is a power of two");',
        "static_assert((TP_RING_SLOTS_MAX & (TP_RING_SLOTS_MAX - 1)) == 0,"
        ' "the largest ring is a power of two");',
        "static_assert((TP_L3_ORDERS_MAX & (TP_L3_ORDERS_MAX - 1)) == 0,"
        ' "the table of market orders is a power of two");',
        "#endif",
        "#endif",
    ]
    return "\n".join(lines) + "\n"


def stems(folder: Path) -> list[str]:
    return sorted(p.stem for p in folder.glob("*.pxd") if not p.stem.startswith("_"))


def indicator_table() -> str:
    """`hot/features/_indicators.pxi`: the steps of the indicators found in their folder."""
    base = "tickpath.hot.features.indicators"
    names = stems(PACKAGE / "hot/features/indicators")
    lines = ["# Written by setup.py from the folder indicators/. Do not edit."]
    lines += [f"from {base}.{n} cimport {n}_step" for n in names]
    lines += [
        "",
        "cdef const char* indicator_stems() noexcept nogil:",
        f'    return b"{" ".join(names)}"',
        "",
        "cdef void step_set(tp_indicator* s) noexcept nogil:",
    ]
    for i, n in enumerate(names):
        lines.append(f"    {'if' if i == 0 else 'elif'} s.stem == {i}:")
        lines.append(f"        s.step = {n}_step")
    if not names:
        lines.append("    pass")
    return "\n".join(lines) + "\n"


OVER = """
cdef void {n}_over(
    tp_indicator* kept, const double** x, Py_ssize_t n, double* out, bint exact
) noexcept nogil:
    cdef tp_indicator s = kept[0]
    cdef double room[CHUNK + ROOM_BEYOND]
    cdef const double* numbers
    cdef Py_ssize_t k, last
{faster}    k = 0
    while k < n:
        last = chunk_end(k, n, s.width)
        numbers = numbers_of(x, k, last, s.width, room)
        if numbers == NULL:
            kept[0] = s
            careful_over(kept, x, k, last, out)
            s = kept[0]
            k = last
        while k < last:
            s.count += 1
            {n}_step(&s, numbers)
            out[k] = s.value
            numbers += s.width
            k += 1
"""
FASTER = """\
    if {when}:
        k = 0
        while k < n:
            last = k + CHUNK if n - k > CHUNK else n
            if not {name}(&s, x, k, last, out):
                break
            k = last
        if k == n:
            return
        s = kept[0]
"""


def batch_table() -> str:
    """`hot/features/_batches.pxi`: a loop over arrays for each indicator. A `<stem>_batch` beside
    the step, which must give the step's bits, or `<stem>_blocks`, which may add in another order,
    runs in its place. It takes a chunk at a time, may look back in its arrays, must leave the
    memory of the windows alone, and says whether every number was usable: if not, its work is
    thrown away. That is cheaper to see behind the work, when the chunk is in the cache.
    A `<stem>_row` takes a row of many symbols, with the bits of the steps."""
    base = "tickpath.hot.features.indicators"
    folder = PACKAGE / "hot/features/indicators"
    names = stems(folder)
    lines = ["# Written by setup.py from the folder indicators/. Do not edit."]
    lines += [f"from {base}.{n} cimport {n}_step" for n in names]
    bodies, rows = [], []
    for n in names:
        text = (folder / f"{n}.pxd").read_text()
        faster = ""
        for name, when in ((f"{n}_batch", "True"), (f"{n}_blocks", "not exact")):
            if f" {name}(" in text:
                lines.append(f"from {base}.{n} cimport {name}")
                faster += FASTER.format(name=name, when=when)
        bodies.append(OVER.format(n=n, faster=faster))
        if f" {n}_row(" in text:
            lines.append(f"from {base}.{n} cimport {n}_row")
            rows.append(n)
    lines += [line for body in bodies for line in body.splitlines()]
    lines += [
        "",
        "cdef void indicator_over(",
        "    tp_indicator* s, const double** x, Py_ssize_t n, double* out, bint exact",
        ") noexcept nogil:",
    ]
    for i, n in enumerate(names):
        lines.append(f"    {'if' if i == 0 else 'elif'} s.stem == {i}:")
        lines.append(f"        {n}_over(s, x, n, out, exact)")
    lines += ["", "cdef row_form row_of(int32_t stem) noexcept nogil:"]
    for i, n in enumerate(names):
        if n in rows:
            lines += [f"    if stem == {i}:", f"        return {n}_row"]
    lines.append("    return NULL")
    return "\n".join(lines) + "\n"


def check_order() -> list[str]:
    text = (PACKAGE / "hot/risk/checks/ORDER").read_text()
    return [line.split("#")[0].strip() for line in text.splitlines() if line.split("#")[0].strip()]


def check_table() -> str:
    """`hot/risk/_checks.pxi`: the checks in the order of checks/ORDER."""
    base = "tickpath.hot.risk.checks"
    names = check_order()
    lines = ["# Written by setup.py from checks/ORDER. Do not edit."]
    lines.append("from tickpath.core.hint cimport tp_unlikely")
    lines += [f"from {base}.{n} cimport {n}_check" for n in names]
    lines += [
        "",
        "cdef inline int32_t checks_run(const tp_risk_input* x) noexcept nogil:",
        "    cdef int32_t code",
    ]
    for n in names:
        lines += [
            f"    code = {n}_check(x)",
            "    if tp_unlikely(code != 0):",
            "        return code",
        ]
    lines.append("    return 0")
    return "\n".join(lines) + "\n"


def breaker_table() -> str:
    """`hot/risk/control/_breakers.pxi`: one switch over the rules found in breakers/."""
    base = "tickpath.hot.risk.breakers"
    names = stems(PACKAGE / "hot/risk/breakers")
    lines = ["# Written by setup.py from the folder breakers/. Do not edit."]
    lines += [f"from {base}.{n} cimport {n}_step" for n in names]
    lines += [
        "",
        "cdef inline int32_t breaker_step(Breaker* b, const ControlEvent* x) noexcept nogil:",
    ]
    for i, n in enumerate(names):
        lines += [f"    if b.rule == {i}:", f"        return {n}_step(b, x)"]
    lines.append("    return -1")
    return "\n".join(lines) + "\n"


def write_generated() -> None:
    write_when_changed(PACKAGE / "core/_limits_gen.h", limits_header())
    write_when_changed(PACKAGE / "hot/features/_indicators.pxi", indicator_table())
    write_when_changed(PACKAGE / "hot/features/_batches.pxi", batch_table())
    if (PACKAGE / "hot/risk/checks/ORDER").exists():
        write_when_changed(PACKAGE / "hot/risk/_checks.pxi", check_table())
    write_when_changed(PACKAGE / "hot/risk/control/_breakers.pxi", breaker_table())


QUIET = ("tickpath.hot.features",)
"""Packages whose arithmetic nobody asks for an error number or a trap: it may then be done for
several numbers at once, and for those that a condition leaves out. No bit changes."""


HANDLES = {
    f"tickpath.{name}"
    for name in (
        "core.compiled", "core.instruments", "core.record_faces",
        "hot.book.native", "hot.execute.money_native", "hot.execute.native",
        "hot.model.lane_native", "hot.risk.control.native", "hot.risk.faces", "hot.route.native",
        "hot.strategy.native", "venues.text.codec_face", "venues.text.decoder_face",
    )
}  # fmt: skip
"""Modules that turn Python objects into structs and back, and hand out no function: what they
handle runs in the walk's module. -O1 compiles them in half the time of -O3."""


def own_flags(name: str) -> list[str]:
    """Flags of one module, behind those of all."""
    if name in HANDLES:
        return ["-O1"]
    return ["-fno-math-errno", "-fno-trapping-math"] if name.startswith(QUIET) else []


def flags() -> tuple[list[str], list[str]]:
    compile_flags = [
        "-std=gnu11",
        "-fno-plt",
        "-fno-semantic-interposition",
        "-fvisibility=hidden",
        "-ffp-contract=off",
        "-Wall",
        "-Wextra",
        "-Wno-unused-function",
        "-Wno-unused-parameter",
        "-Wno-unused-variable",
        "-Wno-unused-but-set-variable",
        "-Wno-missing-field-initializers",
        "-Wno-cast-function-type",
        "-Wno-sign-compare",
        "-Wno-unreachable-code",
    ]
    link_flags: list[str] = []
    if platform.machine() in ("x86_64", "AMD64"):
        compile_flags.append("-march=x86-64-v2")
    if SANITIZE:
        names = f"-fsanitize={SANITIZE}"
        compile_flags += ["-O1", "-g", "-fno-omit-frame-pointer", "-Wno-tsan", names]
        link_flags.append(names)
    elif DEBUG:
        compile_flags += ["-O1", "-g"]
    else:
        compile_flags += ["-O3", "-g0", *PROFILE[0]]
        link_flags += PROFILE[1]
    return compile_flags, link_flags


def numpy_headers() -> list[str]:
    """Where numpy's C headers are; none while only the metadata are wanted."""
    try:
        import numpy
    except ImportError:
        return []
    return [numpy.get_include()]


def picows_settings() -> dict[str, list] | str:
    """The picows that the default client is compiled against, or why it cannot be."""
    try:
        import picows
    except ImportError:
        return "picows is not installed: make build EXTRAS=live"
    return {"define_macros": [("TICKPATH_PICOWS", f'"{picows.__version__}"')]}


def openssl_settings() -> dict[str, list] | str:
    """The system's OpenSSL 3, or why it cannot be linked."""
    program = (
        "#include <openssl/ssl.h>\n#if OPENSSL_VERSION_NUMBER < 0x30000000L\n#error old\n#endif\n"
        "int main(void) { return SSL_CTX_new(TLS_client_method()) == 0; }\n"
    )
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "probe.c"
        source.write_text(program)
        command = [os.environ.get("CC", "cc"), str(source), "-o", f"{folder}/probe"]
        try:
            done = subprocess.run([*command, "-lssl", "-lcrypto"], capture_output=True)
        except OSError:
            return "no C compiler"
    if done.returncode != 0:
        return "headers of OpenSSL 3 are missing: apt-get install libssl-dev"
    return {"libraries": ["ssl", "crypto"]}


NEEDS = {
    "tickpath.venues.transport.picows_client": picows_settings,
    "tickpath.venues.transport.polling": openssl_settings,
}
"""Modules that are left out, and probed at run time, where something is missing to build them."""


def extensions() -> list[Extension]:
    headers = [str(p) for p in PACKAGE.rglob("*.h")]
    compile_flags, link_flags = flags()
    found = []
    for path in sorted(PACKAGE.rglob("*.pyx")):
        name = ".".join(path.relative_to(SRC).with_suffix("").parts)
        if ONLY and not any(word in name for word in ONLY):
            continue
        more = NEEDS.get(name, dict)()
        if isinstance(more, str):
            print(f"{name} is left out: {more}", file=sys.stderr)
            continue
        macros = [("NPY_NO_DEPRECATED_API", "NPY_1_7_API_VERSION")]
        kernels = [KERNELS / "include"] if name.startswith("tickpath.devices.gpu.") else []
        found.append(
            Extension(
                name,
                [str(path.relative_to(ROOT))],
                include_dirs=[str(PACKAGE / "core"), *map(str, kernels), *numpy_headers()],
                define_macros=macros + more.get("define_macros", []),
                libraries=more.get("libraries", []),
                depends=headers + [str(h) for folder in kernels for h in folder.rglob("*.h")],
                extra_compile_args=compile_flags + own_flags(name),
                extra_link_args=link_flags,
            )
        )
    source = f"src/{SHARED.replace('.', '/')}.c"
    shared = Extension(
        SHARED, [source], extra_compile_args=compile_flags, extra_link_args=link_flags
    )
    return [shared, *found] if found else []


TRANSLATED = ROOT / "build/translated"
"""Names of the modules whose C was up to date at this file's time."""


def translated(found: list[Extension]) -> list[Extension]:
    """The extensions with C as their sources. Where no text is newer than the last translation,
    Cython is not asked: it takes eight seconds to find that nothing changed."""
    start = time.time()
    texts = [p for kind in ("pyx", "pxd", "pxi") for p in PACKAGE.rglob(f"*.{kind}")]
    newest = max(p.stat().st_mtime for p in [Path(__file__), *texts])
    known = set()
    if TRANSLATED.exists() and TRANSLATED.stat().st_mtime > newest:
        known = set(TRANSLATED.read_text().split())
    made = [str(Path(e.sources[0]).with_suffix(".c")) for e in found]
    if {e.name for e in found} <= known and all(
        Path(c).exists() and file_generated_by_this_cython(c) for c in made
    ):
        for extension, c in zip(found, made, strict=True):
            extension.sources = [c]
        return found
    modules: list[Extension] = cythonize(
        found,
        include_path=[str(SRC)],
        compiler_directives=DIRECTIVES,
        nthreads=JOBS if JOBS > 1 else 0,
        quiet=True,
        shared_utility_qualified_name=SHARED,
    )
    TRANSLATED.parent.mkdir(exist_ok=True)
    TRANSLATED.write_text("\n".join(sorted(known | {e.name for e in modules})) + "\n")
    os.utime(TRANSLATED, (start, start))
    return modules


class ParallelBuild(build_ext):
    """Several compilations at a time, the longest first: so all cores end together."""

    def finalize_options(self) -> None:
        super().finalize_options()
        self.parallel = JOBS

    def build_extensions(self) -> None:
        self.extensions.sort(key=lambda e: Path(e.sources[0]).stat().st_size, reverse=True)
        super().build_extensions()


class BuildWithSources(build_py):
    """Puts sources of kernels and of the overlay beside the modules that compile them, and the
    kernels that were compiled ahead."""

    def run(self) -> None:
        super().run()
        if not self.editable_mode:
            package = Path(self.build_lib) / "tickpath"
            for folder, place in CARRIED.items():
                shutil.copytree(folder, package / place, dirs_exist_ok=True)
            if COMPILED_AHEAD:
                shutil.copytree(COMPILED_AHEAD, package / "devices/gpu/cubin", dirs_exist_ok=True)


write_generated()
building = not {"egg_info", "dist_info", "sdist", "clean"} & set(sys.argv[1:])
setup(
    cmdclass={"build_ext": ParallelBuild, "build_py": BuildWithSources},
    ext_modules=translated(extensions()) if building else [],
)
