"""The loop over epochs and rows of data: what is computed where in it, in any language."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass

from autograd_lite.engine import ops
from autograd_lite.engine.graph import readable
from autograd_lite.program.instructions import Instructions, Operands
from autograd_lite.program.recording import Operand, Section

__all__ = [
    "AFTER",
    "BEFORE",
    "EPOCH",
    "ROW",
    "BrokenGuardError",
    "Loop",
    "growth",
    "places_of",
    "repeated",
    "stays",
    "summed_of",
    "where",
]

CHUNK = 0.05
"""Seconds for which compiled loops run by themselves, so that ctrl-C and the progress bar are soon answered."""
BEFORE, EPOCH, ROW, AFTER = range(4)
"""Where something is computed: before the loops, in each epoch, for each row of data, or after the rows."""


class BrokenGuardError(Exception):
    """A comparison came out otherwise than when the program was recorded. Its caller says where."""


@dataclass(frozen=True)
class Loop:
    """What a loop over epochs is given and keeps: inputs by their numbers, and quantities."""

    state: tuple[int, ...]
    """The inputs that updates replace."""
    columns: tuple[int, ...] = ()
    """The inputs that each row of the data gives; without any there is one sample, in the other inputs."""
    mean: bool = True
    """Whether results and gradients are averaged over the rows; else they are summed."""
    recorded: tuple[Operand, ...] = ()
    """What is recorded in each epoch."""
    gradients: frozenset[int] = frozenset()
    """The places of gradients among those: one that is zero is +0.0, as `backward()` leaves it."""
    watched: tuple[Operand, ...] = ()
    """What is not finite if a loop says that something was, beside the state."""


def places_of(loop: Loop, sections: Sequence[Section], operands: Operands) -> list[int]:
    """Return where each instruction is computed.

    An update is computed after the rows from what is summed over them, as is all that it is made of in its section.
    """
    places: list[int] = []
    for k, section in enumerate(sections):
        place = ROW if k in loop.columns else EPOCH if k in loop.state else BEFORE
        for x in operands(k):
            place = max(place, AFTER if section is Section.UPDATE and places[x] else places[x])
        places.append(place)
    return places


def where(code: Instructions, loop: Loop) -> list[int]:
    """Return where each instruction of a program is computed in a loop."""
    return places_of(loop, code.sections, code.operands)


def summed_of(
    places: Sequence[int],
    operands: Operands,
    additive: Collection[int],
    wanted: Iterable[int],
    label: Callable[[int], str],
) -> list[int]:
    """Return what is summed over the rows of data: what differs from row to row and is used after them.

    Raises `ValueError` for what is neither a result nor a gradient.
    """
    used_after = [x for k, place in enumerate(places) if place == AFTER for x in operands(k)]
    found = list(dict.fromkeys(x for x in (*wanted, *used_after) if places[x] == ROW))
    for x in found:
        if x not in additive:
            raise ValueError(
                f"{readable(label(x)) or 'a quantity without a label'} differs from row to row of the data; "
                "updates, and what is recorded, are made of parameters, results and their gradients, which are summed "
                "over the rows"
            )
    return found


def stays(code: Instructions, k: int) -> bool:
    """Return whether a state that is not finite stays so: w - step does, and so nobody need look in each epoch."""
    x = code.updates[k]
    return x == k or (isinstance(x, int) and code.ops[x] in {ops.add, ops.sub} and code.args[x][0] == k)


def repeated(x: float, rows: int, *, mean: bool) -> float:
    """Return the sum or mean over rows of what is the same in each, added up as what differs is."""
    total = 0.0
    for _ in range(rows):
        total += x
    return total / rows if mean else total


def growth(seconds: float) -> int:
    """Return by how much the next chunk of epochs may be larger than the one that took so long."""
    return 8 if seconds < CHUNK / 16.0 else 2 if seconds < CHUNK else 1
