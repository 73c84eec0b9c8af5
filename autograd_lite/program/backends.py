"""What runs a program: generated Python, instructions one by one, NumPy's arrays, or machine code by LLVM."""

import importlib.util
import linecache
import warnings
from collections.abc import Callable, Collection
from itertools import count
from typing import TYPE_CHECKING, Any
from weakref import finalize

from autograd_lite.engine.extras import install
from autograd_lite.program.instructions import Instructions
from autograd_lite.program.loops import Loop
from autograd_lite.program.python.source import call_source, loop_source

if TYPE_CHECKING:  # imported where it is used, so that the first call is soon there
    from autograd_lite.program.python.interpreter import Interpreter

__all__ = ["BACKENDS", "LARGEST_SOURCE", "Functions", "check_backend"]

LARGEST_SOURCE = 250_000
"""Programs of more instructions are carried out one by one: source takes about 12 microseconds and 1.5 kB for each."""
AT_ONCE, WORTH_SOURCE = 1_000, 100
"""Of a larger program no source is made for fewer passes: making it takes as long as so many passes save."""
LARGEST_ASSEMBLY = 100_000
"""Programs of more instructions are not made machine code, which would take longer than ten seconds."""

BACKENDS = {"python": "", "numpy": "numpy", "llvm": "llvmlite", "auto": ""}
"""The names of what runs programs, and the packages that they need."""

# Seconds: what a pass of generated Python takes for an instruction; what it takes to make machine code, for the first
# and for each instruction, of small programs and of large ones; what an operation on arrays takes beside one on floats.
PASS, START, OPTIMISED, QUICK, FEW_LANES = 6e-8, 0.05, 1.5e-4, 4e-5, 32

_files = count(1)


def check_backend(name: object) -> str:
    """Return the name of a backend that is there; raises `ValueError` for no name of one, `ImportError` without it."""
    if not isinstance(name, str) or name not in BACKENDS:
        raise ValueError(f"no backend {name!r:.60}; there are {', '.join(map(repr, BACKENDS))}")
    package = BACKENDS[name]
    if package and not _installed(package):
        raise ImportError(
            f"backend={name!r} needs {package}, which is not installed: {install('jit')}; "
            "'auto' takes the fastest that is there",
            name=package,
        )
    return name


def _installed(package: str) -> bool:
    return importlib.util.find_spec(package) is not None


class Functions:
    """The functions that run a program, made when they are first needed."""

    def __init__(self, code: Instructions, backend: str) -> None:
        self.code = code
        self.backend = backend
        """The name of what was asked for."""
        self.used = ""
        """The name of what ran last; empty before."""
        self._made: dict[Any, tuple[str, Callable[..., Any]]] = {}
        self._interpreter: Interpreter | None = None
        self._failed = False

    @property
    def interpreter(self) -> "Interpreter":
        """Carries out instructions one by one."""
        from autograd_lite.program.python.interpreter import Interpreter

        if self._interpreter is None:
            self._interpreter = Interpreter(self.code)
        return self._interpreter

    # --- which ---

    def _chosen(self, passes: int, lanes: int) -> str:
        """What to run on: `passes` through the program, of which so many may go side by side."""
        if self.backend == "python":
            return "python"
        small = len(self.code) <= LARGEST_ASSEMBLY and not self._failed
        if self.backend == "auto":
            python = passes * len(self.code) * PASS
            build = START + len(self.code) * (OPTIMISED if len(self.code) <= 4_000 else QUICK)
            if small and python > 2.0 * build and _installed("llvmlite"):
                return "llvm"
            return "numpy" if lanes > FEW_LANES and _installed("numpy") else "python"
        if self.backend == "llvm":
            return "llvm" if small else "python"
        return "numpy" if lanes > 1 else "python"

    # --- made ---

    def loop(self, loop: Loop | None, passes: int = WORTH_SOURCE, lanes: int = 1) -> Callable[..., Any]:
        """The function that is a call (for None), or a loop over epochs and rows.

        `passes` says how often the program will run through, and `lanes` how many of them may go side by side.
        """
        name = self._chosen(passes, lanes)
        if (name, loop) not in self._made:
            if name == "llvm":
                made = self._machine(loop)
            elif name == "numpy" and loop is not None:
                from autograd_lite.program.numpy import running as arrays

                made = name, arrays.loop_function(self.code, loop)
            else:
                found = self._python(loop, passes)
                if found is None:  # not worth being made yet
                    self.used = "python"
                    return self.interpreter.call if loop is None else self.interpreter.loop(loop)
                made = "python", found
            self._made[name, loop] = made
        self.used, function = self._made[name, loop]
        return function

    def lanes(self, loop: Loop, lanes: Collection[int], passes: int, width: int) -> Callable[..., Any]:
        """The function that runs a loop in many lanes; `lanes` are the inputs that have them."""
        name = self._chosen(passes, width)
        key = name, loop, frozenset(lanes)
        if key not in self._made:
            if name == "llvm":
                self._made[key] = self._machine(loop, lanes)
            elif name == "numpy":
                from autograd_lite.program.numpy import running as arrays

                self._made[key] = name, arrays.lanes_function(self.code, loop, lanes)
            else:
                self._made[key] = "python", self._one_by_one(loop, lanes, passes)
        self.used, function = self._made[key]
        return function

    def _machine(self, loop: Loop | None, lanes: Collection[int] = ()) -> tuple[str, Callable[..., Any]]:
        """Machine code; where LLVM fails, Python."""
        try:
            from autograd_lite.program.llvm import running as machine

            if lanes and loop is not None:
                return "llvm", machine.lanes_function(self.code, loop, lanes)
            if loop is not None:
                return "llvm", machine.loop_function(self.code, loop)
            return "llvm", machine.call_function(self.code)
        except (ImportError, OSError, RuntimeError, AttributeError, TypeError) as error:  # TypeError: an old llvmlite
            self._failed = True
            if self.backend == "llvm":
                warnings.warn(
                    f"LLVM cannot make machine code here ({type(error).__name__}: {error!s:.200}); "
                    "this program runs on Python",
                    RuntimeWarning,
                    stacklevel=4,
                )
            return self._fallback(loop, lanes)

    def _fallback(self, loop: Loop | None, lanes: Collection[int]) -> tuple[str, Callable[..., Any]]:
        if lanes and loop is not None:
            return "python", self._one_by_one(loop, lanes, WORTH_SOURCE)
        return "python", self._python(loop, WORTH_SOURCE) or self.interpreter.call

    def _python(self, loop: Loop | None, passes: int) -> Callable[..., Any] | None:
        """Generated source; None if the passes would not make up for that."""
        if len(self.code) > LARGEST_SOURCE or (passes < WORTH_SOURCE and len(self.code) > AT_ONCE):
            return None
        source, functions = self.source(loop)
        file = f"<program {next(_files)} of autograd_lite>"
        exec(compile(source, file, "exec"), functions)  # noqa: S102  (made of identifiers and numbers alone)
        linecache.cache[file] = len(source), None, source.splitlines(keepends=True), file
        finalize(self, linecache.cache.pop, file, None)
        made: Callable[..., Any] = functions["run" if loop is None else "iterate"]
        return made

    def source(self, loop: Loop | None) -> tuple[str, dict[str, Any]]:
        """The source of a call, or of a loop, and the functions that it calls."""
        return call_source(self.code) if loop is None else loop_source(self.code, loop)

    def _one_by_one(self, loop: Loop, lanes: Collection[int], passes: int) -> Callable[..., Any]:
        """Lanes one after the other."""
        code = self.code
        run = self._python(loop, passes) or self.interpreter.loop(loop)
        fixed = [k for k in range(code.inputs) if k not in loop.state and k not in loop.columns]

        def iterate(
            epochs: int, rows: Any, given: Any, laned: Any, state: Any, width: int
        ) -> tuple[list[list[list[float]]], list[list[float]], list[float]]:
            recorded, states, odd = [], [], []
            for lane in range(width):
                plain, wide = iter(given), iter(laned)
                inputs = tuple(next(wide)[lane] if k in lanes else next(plain) for k in fixed)
                kept: list[tuple[float, ...]] = []
                last, not_finite = run(epochs, kept.append, rows, inputs, tuple(x[lane] for x in state))
                recorded.append(kept)
                states.append(last)
                odd.append(not_finite)
            kept_of = [[list(x) for x in zip(*rows_, strict=True)] for rows_ in zip(*recorded, strict=True)]
            return kept_of, [list(x) for x in zip(*states, strict=True)], odd

        return iterate
