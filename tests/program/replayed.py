"""What the tests of programs share: programs run in every way, and what they have to agree with."""

import math
import struct

from autograd_lite import Value, compile, operation  # noqa: A004
from autograd_lite.engine.graph import topological
from autograd_lite.program.python.interpreter import Interpreter

__all__ = ["OWN", "ahead", "bits", "eager", "rebuilt", "same", "ways"]


def bits(x):
    """The bits of a float, all NaN alike."""
    return "nan" if math.isnan(x) else struct.pack("<d", x)


def same(xs, ys):
    """Whether two lists hold the same floats, to the sign of a zero."""
    return list(map(bits, xs)) == list(map(bits, ys))


def ways(program):
    """The generated source and the interpreter, each as a function of the inputs that returns all outputs."""
    return [program.functions.loop(None), Interpreter(program.code).call]


def rebuilt(root, leaves, point):
    """The same calculation on new nodes, the leaves at a point: the root and those leaves."""
    moved = {leaf: Value(x) for leaf, x in zip(leaves, point, strict=True)}
    for node in topological(root):
        if node not in moved:
            args = [moved[x] if isinstance(x, Value) else x for x in node.args]
            moved[node] = node.op(*args) if node.op else Value(node.data)
    return moved[root], [moved[leaf] for leaf in leaves]


def eager(root, leaves, point):
    """Value and gradient as `backward()` gives them."""
    y, xs = rebuilt(root, leaves, point)
    y.backward()
    return [y.data, *(x.grad if x.grad is not None else 0.0 for x in xs)]


def ahead(root, leaves):
    """The program of a graph along those leaves."""
    return compile(root, inputs=leaves, wrt=leaves)


def _cube_slope(_y, x):
    return 3.0 * x * x


def _tilt_slopes(_y, a, b):
    return b * b, 2.0 * a * b


OWN = [
    operation(lambda x: x * x.sigmoid(), name="program_swish"),
    operation(lambda a, b: a * b + a.tanh(), name="program_mix"),
    operation(lambda x: x * x * x, slopes=_cube_slope, name="program_cube"),
    operation(lambda a, b: a * b * b, slopes=_tilt_slopes, name="program_tilt"),
]
"""Operations of the user's: by definition and by slopes, of one argument and of two."""
