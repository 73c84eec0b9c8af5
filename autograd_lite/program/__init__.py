"""Record a graph once, and run it again and again: `compile` makes a `Program`."""

from autograd_lite.program.compiling import compile  # noqa: A004
from autograd_lite.program.errors import DivergedError, FrozenBranchError
from autograd_lite.program.mapping import Lanes
from autograd_lite.program.program import Program, Result

__all__ = ["DivergedError", "FrozenBranchError", "Lanes", "Program", "Result", "compile"]
