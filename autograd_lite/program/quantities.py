"""The quantities of a program by name: what may be recorded in a loop, and which instruction it is."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from autograd_lite.program.arguments import unknown
from autograd_lite.program.instructions import Instructions
from autograd_lite.program.loops import ROW, Loop, where
from autograd_lite.program.recording import Operand

__all__ = ["quantity", "recordable", "recorded_in"]


def recordable(record: str | Iterable[str], code: Instructions, outputs: Sequence[str], loop: Loop) -> list[str]:
    """Return the names of what is to be recorded: those given, the "parameters", or "all" that a loop can record.

    Raises `TypeError` for what are no names.
    """
    if record == "parameters":
        return [code.label(k) for k in loop.state]
    if record == "all":
        places = where(code, loop)
        pairs = code.names.items()
        fixed = [x for x, k in pairs if not isinstance(k, int) or places[k] != ROW or k in code.additive]
        return list(dict.fromkeys((*outputs, *fixed)))
    if not isinstance(record, Iterable):
        raise TypeError(f"record is a name of a quantity, or a list of names; got {type(record).__name__}")
    return list(dict.fromkeys([record] if isinstance(record, str) else record))


def quantity(name: str, code: Instructions, outputs: Sequence[str]) -> tuple[Operand, bool]:
    """Return what a name stands for, and whether it is a gradient; raises `ValueError` for a name of nothing."""
    if name in outputs:
        return code.outputs[outputs.index(name)], False
    if name not in code.names:
        raise ValueError(f"no quantity {unknown(name, list(dict.fromkeys((*outputs, *code.names))))}")
    return code.names[name], name in code.gradient_names


def recorded_in(
    loop: Loop, record: str | Iterable[str], code: Instructions, outputs: Sequence[str], *, always: bool
) -> tuple[Loop, tuple[str, ...], int | None]:
    """Return a loop that records, the names of what it does, and the place of the (first) result among it.

    The result is recorded too if anything is, or `always`; behind the names if it is none of them. Raises `ValueError`
    for a name of nothing, and for "epoch", which is a column of every history.
    """
    names = tuple(recordable(record, code, outputs, loop))
    if "epoch" in names:
        raise ValueError("a quantity with the label 'epoch' cannot be recorded, for the history has a column epoch")
    quantities = [quantity(name, code, outputs) for name in names]
    result = code.outputs[0], False
    if (always or names) and result not in quantities:
        quantities.append(result)
    gradients = frozenset(k for k, (_, is_gradient) in enumerate(quantities) if is_gradient)
    recording = replace(loop, recorded=tuple(x for x, _ in quantities), gradients=gradients)
    return recording, names, quantities.index(result) if quantities else None
