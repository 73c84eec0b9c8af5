"""A program at many points, or iterated from many states, side by side: lanes."""

import itertools
import math
import os
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from autograd_lite.engine.graph import readable
from autograd_lite.engine.showing import Shown
from autograd_lite.engine.validation import is_list, whole
from autograd_lite.program.arguments import (
    NO_UPDATES,
    by_name,
    checked_number,
    is_mean,
    listed,
    others_of,
    rows_of,
    state_of,
)
from autograd_lite.program.backends import Functions
from autograd_lite.program.errors import frozen_branch
from autograd_lite.program.instructions import Instructions
from autograd_lite.program.loops import BrokenGuardError, Loop, growth
from autograd_lite.program.quantities import recorded_in
from autograd_lite.program.recorded import Recorded

__all__ = ["Lanes", "iterated", "mapped"]

KEPT = 32
"""Bytes that a recorded number takes in a list."""
AT_ONCE = 10**8
"""So many instructions, in all lanes and rows of an epoch, are carried out before ctrl-C is looked for."""
BLOCK = 64
"""So many lanes go side by side at least."""
BUFFER = 2**23
"""So many numbers at most are recorded at once."""
State = tuple[float, ...]


class Mapped(Protocol):
    """A program."""

    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    code: Instructions
    recorded: Recorded
    functions: Functions

    def check_frozen(self) -> None:
        """Raise if a leaf that is no input was changed."""

    def check_sums(self, loop: Loop) -> None:
        """Raise if a gradient is the same in every row, so that no row adds to its sum."""


@dataclass
class Lanes(Shown):
    """What came of iterations side by side: lane k is what one iteration with the k-th numbers gives."""

    state: dict[str, list[float]]
    """The inputs that updates replace, after the last epoch: by name, a number for each lane."""
    epochs: list[int] = field(default_factory=list)
    """The epochs that have been recorded."""
    recorded: dict[str, list[list[float]]] = field(default_factory=dict)
    """What was recorded: by name, for each of those epochs a number for each lane."""
    not_finite: tuple[int, ...] = ()
    """The lanes in which something turned NaN or infinite. `Program.iterate` with their numbers says what, and when."""
    interrupted: bool = False
    """Whether ctrl-C ended it before the last epoch."""

    def __repr__(self) -> str:
        count = len(next(iter(self.state.values()), ()))
        epochs = f", {len(self.epochs)} epochs of {len(self.recorded)} quantities" if self.epochs else ""
        odd = f", {len(self.not_finite)} not finite" if self.not_finite else ""
        return f"<Lanes: {count} of {len(self.state)} numbers{epochs}{odd}>"


def mapped(program: Mapped, args: Sequence[Any], named: Mapping[str, Any]) -> list[list[float]]:
    """Return a list over lanes for each output of a program."""
    program.check_frozen()
    if len(args) == 1 and isinstance(args[0], Mapping):
        given = by_name(program.inputs, program.recorded.inputs, args, named, checked=_number_or_lanes)
    else:
        if len(args) > len(program.inputs):
            raise TypeError(
                f"this program takes {len(program.inputs)} inputs, {listed(program.inputs)}; got {len(args)}"
            )
        pairs = dict(zip(program.inputs, args, strict=False))
        given = by_name(program.inputs, program.recorded.inputs, [pairs], named, checked=_number_or_lanes)
    if missing := [name for name in program.inputs if name not in given]:
        raise TypeError(f"not given: {listed(missing)}; each input is a number, or a list with one for each lane")
    count = _count(given, "program(...) takes numbers alone")
    _check_memory(count * len(program.code.outputs), f"the results of {count:,} lanes")
    loop = Loop((), (), True, program.code.outputs, program.code.gradients)
    (results,), _ = _run(program, loop, 1, [()], given, (), count)
    return [list(x) for x in results]


def iterated(
    program: Mapped,
    state: Any,
    epochs: int,
    *,
    inputs: Mapping[Any, Any] | None,
    data: Any,
    reduce: str,
    record: str | Iterable[str],
    every: int,
    watch: str | Iterable[str] = (),
) -> Lanes:
    """Replace inputs by their updates in all lanes; see `Program.iterate_map`."""
    program.check_frozen()
    code = program.code
    if not code.updates:
        raise ValueError(NO_UPDATES)
    epochs = whole(epochs, "epochs is a whole number, 0 or above", 0)
    every = whole(every, "every is a whole number of epochs, 1 or above")
    places = tuple(code.updates)
    names, nodes = [program.inputs[k] for k in places], [program.recorded.inputs[k] for k in places]
    first = state_of(names, nodes, state, checked=_number_or_lanes)
    inputs = others_of(names, nodes, inputs)
    others = [k for k in range(len(program.inputs)) if k not in code.updates]
    rest = [program.inputs[k] for k in others]
    given = by_name(rest, [program.recorded.inputs[k] for k in others], [inputs], {}, checked=_number_or_lanes)
    columns = [name for name in rest if name not in given]
    if data is None and columns:
        raise TypeError(f"not given: {listed(columns)}; pass inputs={{...}}, or data=[...] with a row for each sample")
    rows = rows_of(data, columns) if data is not None else [()]
    place = {name: k for k, name in enumerate(program.inputs)}
    loop = Loop(places, tuple(place[name] for name in columns), is_mean(reduce))
    watching, _, _ = recorded_in(loop, watch, code, program.outputs, always=False)
    loop, wanted, _ = recorded_in(loop, record, code, program.outputs, always=False)
    loop = replace(loop, watched=watching.recorded)
    if columns and not loop.mean:
        program.check_sums(loop)
    count = _count({**given, **dict(zip(names, first, strict=True))}, "iterate(...) takes numbers alone")
    _check_memory(
        count * len(wanted) * (epochs // every + 2),
        f"recording {len(wanted)} quantities of {count:,} lanes in {epochs // every + 1:,} epochs",
    )
    start = [x if isinstance(x, list) else [x] * count for x in first]
    lanes = Lanes(dict(zip(names, start, strict=True)), recorded={name: [] for name in wanted})
    odd = [0.0] * count
    after: tuple[int, Any] = 0, start
    try:
        for step in _chunks(program, loop, lanes, odd, given, rows, epochs, every, count):
            after = step  # both at once, for ctrl-C
    except KeyboardInterrupt:
        lanes.interrupted = True
        lanes.epochs = [epoch for epoch in lanes.epochs if epoch < after[0]]  # others may be recorded in part
        lanes.recorded = {name: numbers[: len(lanes.epochs)] for name, numbers in lanes.recorded.items()}
    lanes.state = dict(zip(names, after[1], strict=True))
    strange = {k for k, x in enumerate(odd) if x != 0.0}
    for series in (*lanes.state.values(), *(row for rows_ in lanes.recorded.values() for row in rows_)):
        strange.update(k for k, x in enumerate(series) if x - x != 0.0)
    lanes.not_finite = tuple(sorted(strange))
    return lanes


def _chunks(
    program: Mapped,
    loop: Loop,
    lanes: Lanes,
    odd: list[float],
    given: Mapping[str, Any],
    rows: Sequence[State],
    epochs: int,
    every: int,
    count: int,
) -> Iterator[tuple[int, Any]]:
    """Run in chunks, and record; yield after each how many epochs are done, and the state after them."""
    names, done, size, state = list(lanes.recorded), 0, 1, list(lanes.state.values())
    most = max(1, BUFFER // max(1, count * len(names)))
    while done < epochs:
        number = min(size, most, epochs - done)
        began = time.perf_counter()
        kept, state = _run(program, loop, number, rows, given, state, count, odd, epochs)
        _keep(lanes, names, done, kept, every)
        done += number
        yield done, state
        size *= growth(time.perf_counter() - began)
    if names:
        kept, _ = _run(program, loop, 1, rows, given, state, count, None, epochs)
        _keep(lanes, names, done, kept, 1)


def _keep(lanes: Lanes, names: Sequence[str], done: int, kept: Sequence[Any], every: int) -> None:
    for epoch, row in enumerate(kept, done):
        if names and epoch % every == 0:
            lanes.epochs.append(epoch)
            for name, numbers in zip(names, row, strict=False):
                lanes.recorded[name].append(list(numbers))


def _run(
    program: Mapped,
    loop: Loop,
    epochs: int,
    rows: Sequence[State],
    given: Mapping[str, Any],
    state: Sequence[Any],
    count: int,
    odd: list[float] | None = None,
    passes: int = 1,
) -> tuple[Any, Any]:
    """Run a loop in all lanes: what is recorded in each epoch, and the state."""
    fixed = [k for k in range(len(program.inputs)) if k not in loop.state and k not in loop.columns]
    values = [given[program.inputs[k]] for k in fixed]
    laned = [k for k, x in zip(fixed, values, strict=True) if isinstance(x, list)]
    function = program.functions.lanes(loop, (*loop.state, *laned), passes * len(rows) * count, count)
    plain, wide = tuple(x for x in values if not isinstance(x, list)), [x for x in values if isinstance(x, list)]
    block = max(AT_ONCE // (len(rows) * max(1, len(program.code))), BLOCK)
    parts = []
    try:
        for at in range(0, count, block):
            end = min(at + block, count)
            some, states = ([x[at:end] for x in lists] if block < count else lists for lists in (wide, state))
            parts.append(function(epochs, rows, plain, some, states, end - at))
    except BrokenGuardError:
        raise _broken(program, values, count) from None
    kept, states, strange = parts[0] if len(parts) == 1 else _joined(parts)
    if odd is not None:
        odd[:] = [a + b for a, b in zip(odd, strange, strict=True)]
    return kept, states


def _joined(parts: Sequence[Any]) -> tuple[list[list[list[float]]], list[list[float]], list[float]]:
    """What a loop gives of all lanes, from what it gives of some after the other."""
    kept, states, odd = zip(*parts, strict=True)
    join = itertools.chain.from_iterable
    return (
        [[list(join(x)) for x in zip(*epoch, strict=True)] for epoch in zip(*kept, strict=True)],
        [list(join(x)) for x in zip(*states, strict=True)],
        list(join(odd)),
    )


def _broken(program: Mapped, values: Sequence[Any], count: int) -> Exception:
    """Say which comparison came out otherwise, and in which lane, where one call shows it.

    Where only last digits decide, which lanes round otherwise, it is the one whose numbers are nearest.
    """
    guards = program.code.guards
    if program.code.updates or len(values) != len(program.inputs):
        return frozen_branch(guards[0], "in one of the lanes")
    interpreter = program.functions.interpreter
    nearest = math.inf, 0, 0
    for lane in range(count):
        numbers = interpreter.numbers([x[lane] if isinstance(x, list) else x for x in values])
        k = interpreter.broken(numbers)
        if k is not None:
            return frozen_branch(guards[k], f"in lane {lane}")
        nearest = min(nearest, (*interpreter.nearest(numbers), lane))
    _, k, lane = nearest
    return frozen_branch(guards[k], f"in lane {lane}")


def _number_or_lanes(x: Any, what: str) -> Any:
    if not is_list(x):
        return checked_number(x, what)
    numbers = x.tolist() if hasattr(x, "tolist") else x
    return [checked_number(one, f"{what}, lane {k},") for k, one in enumerate(numbers)]


def _count(given: Mapping[str, Any], otherwise: str) -> int:
    """The number of lanes."""
    lengths = {name: len(x) for name, x in given.items() if isinstance(x, list)}
    if not lengths:
        raise ValueError(f"no input has lanes: give a list of numbers for at least one; {otherwise}")
    if len(set(lengths.values())) > 1:
        told = ", ".join(f"{readable(name)} has {length}" for name, length in list(lengths.items())[:6])
        raise ValueError(f"all lists are of one length, a number for each lane; {told}")
    count = next(iter(lengths.values()))
    if not count:
        raise ValueError("the lists are empty: there are no lanes")
    return count


def _check_memory(numbers: int, what: str) -> None:
    """Raise `MemoryError` for more than the machine has."""
    try:
        there = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return
    if numbers * KEPT > there:
        raise MemoryError(
            f"{what} would take {numbers * KEPT / 2**30:,.1f} GiB, and this machine has {there / 2**30:,.1f}; take "
            "fewer lanes at once, or record fewer epochs (every=...)"
        )
