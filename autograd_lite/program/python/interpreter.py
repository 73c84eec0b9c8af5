"""Instructions carried out one after the other: for programs too large for source, and to find what went wrong."""

from collections.abc import Callable, Container, Iterable, Sequence
from dataclasses import replace

from autograd_lite.program.instructions import Instructions
from autograd_lite.program.loops import AFTER, BrokenGuardError, Loop, summed_of, where
from autograd_lite.program.recording import Operand

__all__ = ["Interpreter"]

Numbers = list[float]
"""The result of each instruction, and behind them the constants."""
State = tuple[float, ...]
Step = tuple[int, Callable[..., float], int, int]
"""Which number is computed, by which function, of which one or two numbers (the second is -1 where there is none)."""
Look = Callable[[int, Numbers], object]
"""Is shown the number of a row of data, counted from 0, and what was computed for it."""


class Interpreter:
    """Carries out instructions by calling what the nodes call, so that the floats are the same."""

    def __init__(self, code: Instructions) -> None:
        self.code = code
        self._constants: list[float] = []
        self._steps: list[Step] = []
        for k, (op, args) in enumerate(zip(code.ops, code.args, strict=True)):
            if op is not None:
                first, *second = map(self._place, args)
                self._steps.append((k, op.fn, first, second[0] if second else -1))
        self._given = [code.args[k][0] if code.ops[k] is None else 0.0 for k in range(code.inputs, len(code))]

    def _place(self, x: Operand) -> int:
        if isinstance(x, int):
            return x
        self._constants.append(x)
        return len(self.code) + len(self._constants) - 1

    def numbers(self, inputs: Iterable[float]) -> Numbers:
        """Return all results for some inputs."""
        numbers = self._start(inputs)
        _run(self._steps, numbers)
        return numbers

    def call(self, *inputs: float) -> tuple[float, ...]:
        """Return the outputs, as the function of `source.call_source` does."""
        numbers = self.numbers(inputs)
        if self.broken(numbers) is not None:
            raise BrokenGuardError
        return self._results(self.code.outputs, self.code.gradients, numbers)

    def broken(self, numbers: Numbers) -> int | None:
        """Return the number of the first guard that does not hold."""
        for k, guard in enumerate(self.code.guards):
            if not guard.holds(*(self._value(x, numbers) for x in guard.args)):
                return k
        return None

    def nearest(self, numbers: Numbers) -> tuple[float, int]:
        """Return how far apart the numbers of a guard are, and its number, for the guard where they are nearest."""
        pairs = [[self._value(x, numbers) for x in guard.args] for guard in self.code.guards]
        return min((abs(a - b), k) for k, (a, b) in enumerate(pairs))

    def loop(self, loop: Loop) -> Callable[..., tuple[State, float]]:
        """Return a function with the arguments and results of that of `source.loop_source`."""
        width = len(loop.recorded)
        epoch = self.epoch(replace(loop, recorded=(*loop.recorded, *loop.watched)), self._check)

        def iterate(
            epochs: int, record: Callable[[State], object], rows: Sequence[State], given: State, state: State
        ) -> tuple[State, float]:
            not_finite = 0.0
            for _ in range(epochs):
                recorded, state = epoch(rows, given, state)
                if width:
                    record(recorded[:width])
                not_finite += sum(x - x for x in (*state, *recorded[width:]))
            return state, not_finite

        return iterate

    def epoch(self, loop: Loop, look: Look) -> Callable[[Sequence[State], State, State], tuple[State, State]]:
        """Return a function of rows, given inputs and state, for one epoch: what is recorded, and the next state.

        `look` is shown the numbers of each row of data.
        """
        code = self.code
        places = where(code, loop)
        updates = [code.updates[k] for k in loop.state]
        wanted = [x for x in (*updates, *loop.recorded) if isinstance(x, int)]
        summed = summed_of(places, code.operands, code.additive, wanted, code.label)
        before = [step for step in self._steps if places[step[0]] < AFTER]
        after = [step for step in self._steps if places[step[0]] == AFTER]
        fixed = [k for k in range(code.inputs) if k not in loop.state and k not in loop.columns]

        def one(rows: Sequence[State], given: State, state: State) -> tuple[State, State]:
            numbers = self._start([0.0] * code.inputs)
            _put(numbers, fixed, given)
            _put(numbers, loop.state, state)
            totals = dict.fromkeys(summed, 0.0)
            for k, row in enumerate(rows if loop.columns else [()]):
                _put(numbers, loop.columns, row)
                _run(before, numbers)
                look(k, numbers)
                for x in summed:
                    totals[x] += numbers[x]
            for x, total in totals.items():
                numbers[x] = total / len(rows) if loop.mean else total
            _run(after, numbers)
            recorded = self._results(loop.recorded, loop.gradients, numbers)
            return recorded, tuple(self._value(x, numbers) for x in updates)

        return one

    def _start(self, inputs: Iterable[float]) -> Numbers:
        return [*inputs, *self._given, *self._constants]

    def _check(self, _row: int, numbers: Numbers) -> None:
        if self.broken(numbers) is not None:
            raise BrokenGuardError

    def _value(self, x: Operand, numbers: Numbers) -> float:
        return numbers[x] if isinstance(x, int) else x

    def _results(self, some: Iterable[Operand], gradients: Container[int], numbers: Numbers) -> State:
        """The numbers of some operands; gradients, by their places, that are zero are +0.0."""
        results = [self._value(x, numbers) for x in some]
        return tuple(x + 0.0 if k in gradients else x for k, x in enumerate(results))


def _run(steps: Iterable[Step], numbers: Numbers) -> None:
    for k, fn, i, j in steps:
        numbers[k] = fn(numbers[i]) if j < 0 else fn(numbers[i], numbers[j])


def _put(numbers: Numbers, places: Iterable[int], given: Iterable[float]) -> None:
    for k, x in zip(places, given, strict=True):
        numbers[k] = x
