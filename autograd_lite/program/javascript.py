"""The language JavaScript: a program as data for its interpreter, made of operations that this has."""

from collections.abc import Sequence
from typing import Any

from autograd_lite.engine import comparisons
from autograd_lite.engine.operation import ROWS
from autograd_lite.engine.ops import Op
from autograd_lite.engine.value import Value
from autograd_lite.program.instructions import Instructions, numbered
from autograd_lite.program.recording import Operand, Recorder, Register, slope_of

__all__ = ["OPERATIONS", "plain"]

OPERATIONS = {
    *("add", "sub", "mul", "div", "neg", "pow", "exp", "expm1", "log", "log1p", "sqrt", "sin", "cos", "tan"),
    *("asin", "acos", "atan", "sinh", "cosh", "tanh", "abs", "maximum", "minimum", "compare", "mod", "floor_divide"),
    *("sigmoid", "bell", "softplus", "relu", "step", "sech2"),
    *("leaky_relu", "xlogy", "xlog1py", "pow_slope", "pow_log"),
}
"""What `pages/explorer/scripts/operations.js` has; all others are written by their definitions."""


def plain(code: Instructions) -> dict[str, Any]:
    """Return a program as plain data, whose operations are those that JavaScript has.

    Raises `ValueError` for an operation of the user's that cannot be written by them: one that was made from slopes, or
    whose definition compares numbers.
    """
    recorder = Recorder()
    places: list[Operand] = []
    for k, (op, args, section) in enumerate(zip(code.ops, code.args, code.sections, strict=True)):
        if op is None:
            places.append(recorder.given(None if k < code.inputs else float(args[0])))
            continue
        recorder.section = section
        places.append(_written(recorder, op, [places[x] if isinstance(x, int) else x for x in args]))

    def moved(x: Operand) -> Operand:
        return places[x] if isinstance(x, int) else x

    recorder.names = {name: moved(x) for name, x in code.names.items()}
    recorder.gradient_names = set(code.gradient_names)
    updates = {k: moved(x) for k, x in code.updates.items()}
    outputs = [moved(x) for x in code.outputs]
    keep = [name for name, x in recorder.names.items() if isinstance(x, int)]
    return numbered(recorder, code.inputs, outputs, code.gradients, updates, keep=keep).data()


def _written(recorder: Recorder, op: Op, args: Sequence[Operand]) -> Operand:
    """The result of an operation by those that JavaScript has."""
    if op.name in OPERATIONS and ROWS.get(op.name) is op:
        return recorder.emit(op, *args)
    if ROWS.get(op.name) is op and op.definition is not None:
        made = op.definition(*(_Defined(recorder, x) if isinstance(x, int) else x for x in args))
        return made.at if isinstance(made, Register) else float(made)
    base, along = slope_of.get(op, (op, None))
    if base.definition is None:
        raise ValueError(
            f"the operation {base.name!r} computes with floats, which a page cannot follow; define it by operations"
        )
    leaves = [Value(0.5) for _ in args]
    with comparisons.recorded() as decided:
        root = base.definition(*leaves)
    if decided:
        raise ValueError(
            f"the operation {base.name!r} compares numbers ({decided[0].origin}), which a page cannot follow; "
            "use maximum, minimum or step"
        )
    inner = Recorder()
    for leaf in leaves:
        inner.places[leaf] = inner.given()
    inner.record([root])
    result = inner.places[root] if along is None else inner.gradients(root, leaves)[along]
    moved: list[Operand] = list(args)
    for inner_op, inner_args in list(zip(inner.ops, inner.args, strict=True))[len(args) :]:
        operands = [moved[x] if isinstance(x, int) else x for x in inner_args]
        moved.append(float(operands[0]) if inner_op is None else _written(recorder, inner_op, operands))
    return moved[result] if isinstance(result, int) else result


class _Defined(Register):
    """A result that definitions are applied to: what they make is written in the same way."""

    __slots__ = ()

    def _record(self, op: Op, *args: Any) -> Any:
        operands = [x.at if isinstance(x, Register) else float(x) for x in args]
        made = _written(self.recorder, op, operands)
        return _Defined(self.recorder, made) if isinstance(made, int) else made
