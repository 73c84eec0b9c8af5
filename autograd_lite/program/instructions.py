"""The list of instructions that a program is: what is needed alone, in order, with names."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from autograd_lite.engine.graph import shortened
from autograd_lite.engine.ops import Op
from autograd_lite.engine.origin import Origin
from autograd_lite.program.recording import Operand, Recorder, Section
from autograd_lite.text.python import visible

__all__ = ["Guard", "Instructions", "Operands", "needed", "numbered"]


Operands = Callable[[int], Sequence[int]]
"""What an instruction, or a row of a language, uses."""


def needed(operands: Operands, count: int, roots: Iterable[int]) -> list[int]:
    """Return which of `count` instructions some are made of, in order, those included."""
    found = set(roots)
    for k in range(count - 1, -1, -1):
        if k in found:
            found.update(operands(k))
    return sorted(found)


@dataclass(frozen=True)
class Guard:
    """A comparison that a recorded function has made, which must come out as it did then."""

    operation: Callable[[float, float], bool]
    args: tuple[Operand, Operand]
    outcome: bool
    origin: Origin

    def holds(self, a: float, b: float) -> bool:
        """Whether it comes out so for two numbers."""
        return self.operation(a, b) is self.outcome


@dataclass(frozen=True)
class Instructions:
    """Instruction k is `ops[k]` of `args[k]`: each an earlier instruction's number (int) or a constant (float).

    The first ones are the inputs, then come constants that have a name; both have no operation, and a constant its
    number as argument. Everything is needed for an output, a guard or an update.
    """

    ops: tuple[Op | None, ...]
    args: tuple[tuple[Operand, ...], ...]
    sections: tuple[Section, ...]
    inputs: int
    """The number of inputs."""
    names: Mapping[str, Operand]
    """What the labels stand for, and the gradients along labelled nodes, as far as they are computed."""
    gradient_names: frozenset[str]
    """Those of the names that are gradients."""
    outputs: tuple[Operand, ...]
    gradients: frozenset[int]
    """The places of gradients among the outputs: one that is zero is +0.0, as `backward()` leaves it."""
    updates: Mapping[int, Operand]
    """What replaces an input, by its number."""
    guards: tuple[Guard, ...] = ()
    additive: frozenset[int] = frozenset()
    """Results and gradients: what may be summed over the rows of a data set."""
    slopes_used: Mapping[str, Operand] = field(default_factory=dict)
    """The gradients that updates are made of, by the name of what they are along."""
    _labels: dict[int, str] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.ops)

    def label(self, at: int) -> str:
        """The first name of an instruction; empty if it has none."""
        if not self._labels:  # filled at once, for several threads may ask
            self._labels.update({x: name for name, x in reversed(list(self.names.items())) if type(x) is int})
        return self._labels.get(at, "")

    def operands(self, at: int) -> list[int]:
        """The instructions whose results one of them uses."""
        return [x for x in self.args[at] if isinstance(x, int)] if self.ops[at] else []

    def lines(self) -> Iterator[str]:
        """Write the list, a line an instruction: its number, operation, operands and name."""
        width = len(str(max(len(self) - 1, 0)))
        section = None
        for k, (op, args) in enumerate(zip(self.ops, self.args, strict=True)):
            if self.sections[k] is not section:
                section = self.sections[k]
                yield f"# {section}"
            label = self._shown(k)
            if op is None:
                yield f"{k:{width}}  " + (f"input {label}" if k < self.inputs else f"{args[0]!r}  {label}").rstrip()
                continue
            operands = ", ".join(self._operand(x) for x in args)
            yield f"{k:{width}}  {visible(op.name)} {operands}" + (f"  → {label}" if label else "")

    def _operand(self, x: Operand) -> str:
        return repr(x) if isinstance(x, float) else self._shown(x) or f"#{x}"

    def _shown(self, at: int) -> str:
        return visible(shortened(self.label(at)))

    def data(self) -> dict[str, Any]:
        """Return the list as plain data, which JSON can hold: numbers that are not finite are the text of Python's."""
        plain: Callable[[Operand], Any] = lambda x: {"at": x} if isinstance(x, int) else _number(x)  # noqa: E731
        return {
            "inputs": [self.label(k) for k in range(self.inputs)],
            "instructions": [
                {
                    "op": op.name if op else "input" if k < self.inputs else "constant",
                    "args": [plain(x) for x in args],
                    "section": str(section),
                }
                for k, (op, args, section) in enumerate(zip(self.ops, self.args, self.sections, strict=True))
            ],
            "names": {name: plain(x) for name, x in self.names.items()},
            "outputs": [plain(x) for x in self.outputs],
            "gradients": sorted(self.gradients),
            "guards": [
                {
                    "op": guard.operation.__name__,
                    "args": [plain(x) for x in guard.args],
                    "outcome": guard.outcome,
                    "line": str(guard.origin),
                }
                for guard in self.guards
            ],
            "updates": {self.label(k): plain(x) for k, x in self.updates.items()},
        }


def _number(x: float) -> float | str:
    return x if x - x == 0.0 else str(x)


def numbered(
    recorder: Recorder,
    inputs: int,
    outputs: Iterable[Operand],
    gradients: Iterable[int],
    updates: Mapping[int, Operand],
    guards: Iterable[Guard] = (),
    keep: Iterable[str] = (),
) -> Instructions:
    """Return what is needed of a recording, numbered anew: inputs, constants with a name, then all else in order.

    `keep` are the names of what is needed beside outputs, updates and guards.
    """
    outputs, guards = tuple(outputs), tuple(guards)
    roots = [*outputs, *updates.values(), *(x for guard in guards for x in guard.args)]
    roots += [recorder.names[name] for name in keep]
    used = needed(
        lambda k: [x for x in recorder.args[k] if isinstance(x, int)] if recorder.ops[k] else [],
        len(recorder.ops),
        (x for x in roots if isinstance(x, int)),
    )
    constants = [k for k in used if k >= inputs and recorder.ops[k] is None]
    order = [*range(inputs), *constants, *(k for k in used if recorder.ops[k] is not None)]
    new = {old: k for k, old in enumerate(order)}

    def moved(x: Operand) -> Operand:
        return new[x] if isinstance(x, int) else x

    def kept(x: Operand) -> Operand | None:
        """What a name stands for; that of a constant which nothing needs is known all the same."""
        if isinstance(x, float) or x in new:
            return moved(x)
        return recorder.args[x][0] if recorder.ops[x] is None else None

    return Instructions(
        ops=tuple(recorder.ops[k] for k in order),
        args=tuple(tuple(map(moved, recorder.args[k])) for k in order),
        sections=tuple(recorder.sections[k] for k in order),
        inputs=inputs,
        names={name: found for name, x in recorder.names.items() if (found := kept(x)) is not None},
        gradient_names=frozenset(recorder.gradient_names),
        outputs=tuple(map(moved, outputs)),
        gradients=frozenset(gradients),
        updates={k: moved(x) for k, x in updates.items()},
        additive=frozenset(new[x] for x in recorder.additive if x in new),
        slopes_used={
            recorder.labels.get(node) or node.label: moved(x)
            for node, x in recorder.slopes_used.items()
            if isinstance(x, float) or x in new
        },
        guards=tuple(Guard(g.operation, (moved(g.args[0]), moved(g.args[1])), g.outcome, g.origin) for g in guards),
    )
