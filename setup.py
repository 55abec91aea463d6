"""Builds the engine: each C kernel once an instruction set and real type, then one extension a Cython module.

pyproject.toml holds everything else. Environment variables that change the build:

- ``CONVOLITH_NO_OPENMP=1``: no OpenMP, one thread.
- ``CONVOLITH_DEBUG=1``: keeps the symbols and adds debugging information.
- ``CONVOLITH_SANITIZE=address,undefined``: builds with those sanitizers.
- ``CONVOLITH_JOBS=N``: compilers at a time (default: the cores that this process may use).
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import sysconfig
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext

KERNELS = sorted(Path("csrc/kernels").glob("*.c"))
PLAIN_C = sorted(Path("csrc").glob("*.c"))
HEADERS = Path("csrc")
ALONE = Path("csrc/openmp/alone.c")  # stands before a function of libgomp's, in every extension
WRAP = "-Wl,--wrap=GOMP_parallel"
MODULES = sorted(Path("src/convolith/engine").glob("*.pyx"))
OBJECTS = Path("build/kernels")
GENERATED = Path("build/cython")
DISPATCH = "convolith.engine.dispatch"  # the only extension that links the kernels

# Most of the compiler's time is saved where speed matters less: double serves to check gradients, and machines of this
# kind without AVX2 are rare. QUICK: no code of their own for common windows.
QUICK = ["-O1", "-DQUICK=1"]
REALS = {"float": ["-DREAL=float", "-DREAL_IS_FLOAT=1"], "double": ["-DREAL=double", *QUICK]}
X86_64 = {
    "avx512": "-mavx512f -mavx512dq -mavx512bw -mavx512vl -mfma -mprefer-vector-width=512".split(),
    "avx2": "-mavx2 -mfma".split(),
    "plain": QUICK,
}
# -ffast-math would break NaN and infinities, and linked with it the denormals of the whole process.
C_FLAGS = "-std=c11 -O3 -Wextra -Wno-psabi -fvisibility=hidden -ffp-contract=fast".split()
# The last pass of scheduling gives out-of-order processors nothing, and takes a fifth of the compiler's time.
C_FLAGS += "-fno-math-errno -fno-trapping-math -fno-wrapv -fno-schedule-insns2".split()

WINDOWS = sys.platform == "win32"
CLANG = [os.environ.get("CONVOLITH_CLANG", "clang"), "--target=x86_64-pc-windows-msvc"]  # on Windows
MACOS = sys.platform == "darwin"
DEBUG = os.environ.get("CONVOLITH_DEBUG", "0") not in ("", "0")
NO_OPENMP = os.environ.get("CONVOLITH_NO_OPENMP", "0") not in ("", "0")
SANITIZE = os.environ.get("CONVOLITH_SANITIZE", "")
DIRECTIVES = {
    "language_level": "3",
    "boundscheck": False,
    "wraparound": False,
    "cdivision": True,
    "initializedcheck": False,
    "freethreading_compatible": True,
    # Less C around each function: it halves the time that the C compiler takes.
    "auto_pickle": False,
    "binding": False,
    "embedsignature": True,
    "embedsignature.format": "clinic",
}


def cores() -> int:
    """Compilers to run at a time."""
    if "CONVOLITH_JOBS" in os.environ:
        return max(1, int(os.environ["CONVOLITH_JOBS"]))
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def instruction_sets() -> dict[str, list[str]]:
    """Compiler flags by instruction set, for the machine that the build is for."""
    return X86_64 if sysconfig.get_platform().endswith(("x86_64", "amd64")) else {"plain": []}


def debugging() -> list[str]:
    """Flags for symbols and sanitizers, of compiler and linker alike."""
    flags = [] if WINDOWS else ["-g" if DEBUG or SANITIZE else "-g0"]
    if SANITIZE:
        flags += [f"-fsanitize={SANITIZE}", "-fno-sanitize-recover=all", "-fno-omit-frame-pointer", "-O1"]
    return flags


def openmp() -> tuple[list[str], list[str]]:
    """Flags for OpenMP: of the compiler, of the linker."""
    if NO_OPENMP:
        return [], []
    if WINDOWS:
        return ["/openmp"], []
    if not MACOS:
        return ["-fopenmp"], ["-fopenmp", WRAP]
    for prefix in (os.environ.get("LIBOMP_PREFIX", ""), "/opt/homebrew/opt/libomp", "/usr/local/opt/libomp"):
        if prefix and Path(prefix, "include/omp.h").exists():
            return ["-Xpreprocessor", "-fopenmp", f"-I{prefix}/include"], [f"-L{prefix}/lib", "-lomp"]
    print("convolith: no libomp found (brew install libomp, or set LIBOMP_PREFIX): building for one thread", flush=True)
    return [], []


def prerequisites(depfile: Path) -> list[str]:
    """Files that a compiler's depfile names; the depfile itself where there is none, which counts as a changed file."""
    if not depfile.exists():
        return [str(depfile)]
    _, _, names = depfile.read_text().replace("\\\n", " ").partition(": ")
    return [name.replace("\\ ", " ") for name in re.split(r"(?<!\\)\s+", names) if name]


def compile_object(command: list[str], source: Path, target: Path) -> None:
    """Compile one C file, unless its object was made by this command from files that have not changed since."""
    stamp, depfile = target.with_suffix(".command"), target.with_suffix(".d")
    command = [*command, "-MMD", "-MF", str(depfile), "-c", str(source), "-o", str(target)]
    if target.exists() and stamp.exists() and stamp.read_text() == "\n".join(command):
        made = target.stat().st_mtime_ns
        files = prerequisites(depfile)
        if all(os.path.exists(file) and os.stat(file).st_mtime_ns <= made for file in files):
            return
    target.parent.mkdir(parents=True, exist_ok=True)
    stamp.unlink(missing_ok=True)
    print(f"compiling {source} to {target}\n", end="", flush=True)
    subprocess.run(command, check=True)
    stamp.write_text("\n".join(command))


class BuildEngine(build_ext):
    """Compiles the kernels, translates the Cython modules, builds the extensions: each only where something changed."""

    def c_compiler(self) -> list[str]:
        """Command that compiles C: Python's own, but Clang on Windows, whose MSVC lacks vector types."""
        return [*CLANG, "-DNDEBUG"] if WINDOWS else [*self.compiler.compiler_so, "-fPIC"]

    def compile_kernels(self) -> list[str]:
        """Compile csrc and return its objects: each kernel once an instruction set and real type, the rest once."""
        sets = instruction_sets()
        command = [*self.c_compiler(), *C_FLAGS, *debugging(), f"-I{HEADERS}"]
        jobs = []
        for name, flags in sets.items():
            for real, macros in REALS.items():
                for source in KERNELS:
                    macro = [f"-DCONVOLITH_ISA={name}", *macros]
                    jobs.append(([*command, *flags, *macro], source, OBJECTS / name / real / f"{source.stem}.o"))
        have = [f"-DCONVOLITH_HAVE_{name.upper()}=1" for name in sets]
        have.append(f'-DCONVOLITH_BUILD_FLAGS="{" ".join(C_FLAGS)}"')  # what show_config() prints
        jobs += [([*command, *have], source, OBJECTS / f"{source.stem}.o") for source in PLAIN_C]
        with ThreadPoolExecutor(cores()) as pool:
            for done in [pool.submit(compile_object, *job) for job in jobs]:
                done.result()
        objects = [str(target) for _, _, target in jobs]
        if WINDOWS:  # Clang's own library answers what the machine has; MSVC's linker does not look for it
            library = subprocess.check_output([*CLANG, "--rtlib=compiler-rt", "-print-libgcc-file-name"], text=True)
            objects.append(library.strip())
        return objects

    def run(self) -> None:
        """Remember whether this is a build in place, which setuptools forgets on its way to build_extensions."""
        self.release = not (self.inplace or self.editable_mode or DEBUG or SANITIZE)
        super().run()

    def build_extensions(self) -> None:
        """Build everything; called by setuptools once the compiler is known."""
        self.parallel = self.parallel or cores()
        objects = self.compile_kernels()
        omp_compile, omp_link = openmp()
        alone = OBJECTS / f"{ALONE.stem}.o"
        if WRAP in omp_link:
            # -fno-lto: the linker must see who calls what.
            compile_object([*self.c_compiler(), *C_FLAGS, *debugging(), "-fno-lto"], ALONE, alone)
        msvc = self.compiler.compiler_type == "msvc"
        optimize = ["/O1"] if msvc else ["-O1", "-fvisibility=hidden", "-MMD"]  # the time goes into the kernels
        flags = {
            "include_dirs": [str(HEADERS)],
            "extra_compile_args": [*optimize, *debugging(), *omp_compile],
            "extra_link_args": [*debugging(), *omp_link],
        }
        if self.release and not msvc:
            flags["extra_link_args"].append("-Wl,-x" if MACOS else "-Wl,-s")
        stamp = self.translate(repr([flags, DIRECTIVES, getattr(self.compiler, "compiler_so", [])]))
        for extension in self.extensions:
            vars(extension).update(flags)
            extension.depends = [stamp]
            for source in extension.sources:
                depfile = Path(self.build_temp, source).with_suffix(".d")
                extension.depends += map(str, HEADERS.glob("*.h")) if msvc else prerequisites(depfile)
            extension.extra_objects = [
                *([str(alone)] if WRAP in omp_link else []),
                *(objects if extension.name == DISPATCH else []),
            ]
            extension.depends += extension.extra_objects
        super().build_extensions()

    def translate(self, flags: str) -> str:
        """Turn the Cython modules into C below build/, and return a file that is touched whenever the flags change."""
        from Cython.Build import cythonize

        stamp = GENERATED / "flags"
        changed = not stamp.exists() or stamp.read_text() != flags
        # On copies: what cythonize returns has lost every attribute that it does not know.
        copies = [Extension(extension.name, list(extension.sources)) for extension in self.extensions]
        options = {"include_path": ["src"], "compiler_directives": DIRECTIVES, "force": changed or bool(self.force)}
        options["nthreads"] = 0 if WINDOWS or cores() == 1 else cores()
        sources = {copy.name: copy.sources for copy in cythonize(copies, build_dir=str(GENERATED), **options)}
        for extension in self.extensions:
            extension.sources = sources[extension.name]
        if changed:
            stamp.parent.mkdir(parents=True, exist_ok=True)
            stamp.write_text(flags)
        return str(stamp)


if __name__ == "__main__":  # not in the processes that translate Cython modules
    setup(
        ext_modules=[Extension(f"convolith.engine.{module.stem}", [module.as_posix()]) for module in MODULES],
        cmdclass={"build_ext": BuildEngine},
    )
