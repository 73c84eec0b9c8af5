"""A program's loop over epochs and rows of data, or over lanes of inputs, in machine code."""

import ctypes
from array import array
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any

from autograd_lite.program.instructions import Instructions
from autograd_lite.program.llvm.body import WIDTH
from autograd_lite.program.llvm.kernel import assembly
from autograd_lite.program.llvm.machine import Compiled
from autograd_lite.program.loops import BrokenGuardError, Loop

__all__ = ["call_function", "lanes_function", "loop_function"]

State = tuple[float, ...]


def loop_function(code: Instructions, loop: Loop) -> Callable[..., tuple[State, float]]:
    """Return a function with the arguments and results of that of `source.loop_source`."""
    machine, width = Compiled(assembly(code, loop)), len(loop.recorded)
    held: tuple[Any, array[float]] = None, array("d")

    def iterate(
        epochs: int, record: Callable[[State], object], rows: Sequence[State], given: State, state: State
    ) -> tuple[State, float]:
        nonlocal held
        known, columns = held
        if loop.columns and known is not rows:
            columns = _array(zip(*rows, strict=True), _whole(len(rows)))
            held = rows, columns
        last, recorded, odd = array("d", state), array("d", bytes(8 * epochs * width)), array("d", (0.0,))
        arrays = array("d", given), array("d"), last, columns
        if not machine(epochs, *map(_at, arrays), len(rows), _whole(len(rows)), _at(recorded), _at(odd), 1):
            raise BrokenGuardError
        for k in range(0, epochs * width, width or 1):
            record(tuple(recorded[k : k + width]))
        return tuple(last), odd[0]

    return iterate


def call_function(code: Instructions) -> Callable[..., State]:
    """Return a function with the arguments and results of that of `source.call_source`."""
    run = loop_function(code, Loop((), (), True, code.outputs, code.gradients))

    def call(*inputs: float) -> State:
        kept: list[State] = []
        run(1, kept.append, (), inputs, ())
        return kept[0]

    return call


def lanes_function(code: Instructions, loop: Loop, lanes: Collection[int]) -> Callable[..., Any]:
    """Return a function that runs a loop in many lanes at once.

    It takes the number of epochs, the rows of data, the inputs that stay and have no lanes, lists of numbers for those
    that have lanes and for the state, and the number of lanes. It returns what is recorded: for each epoch and quantity
    a list over lanes; the state, in lists; and for each lane 0.0, or NaN if a state was not finite meanwhile. `lanes`
    are the inputs that have lanes, the state included.
    """
    machine, width = Compiled(assembly(code, loop, lanes)), len(loop.recorded)

    def iterate(
        epochs: int, rows: Sequence[State], given: State, laned: Sequence[Any], state: Sequence[Any], count: int
    ) -> tuple[list[list[list[float]]], list[list[float]], list[float]]:
        room = _whole(count)
        columns = _array(zip(*rows, strict=True), len(rows))
        wide, last = _array(laned, room), _array(state, room)
        recorded, odd = array("d", bytes(8 * epochs * width * room)), array("d", bytes(8 * room))
        arrays = array("d", given), wide, last, columns
        if not machine(epochs, *map(_at, arrays), len(rows), len(rows), _at(recorded), _at(odd), room):
            raise BrokenGuardError
        flat = recorded.tolist()
        kept = [flat[k * room : k * room + count] for k in range(epochs * width)]
        states = [last[k * room : k * room + count].tolist() for k in range(len(loop.state))]
        return [kept[k * width : (k + 1) * width] for k in range(epochs)], states, odd[:count].tolist()

    return iterate


def _whole(count: int) -> int:
    """So many lanes, in whole registers."""
    return -(-count // WIDTH) * WIDTH


def _array(some: Iterable[Sequence[float]], length: int) -> "array[float]":
    """Lists of numbers one behind the other, each with its last number again until it has that length."""
    numbers = array("d")
    for one in some:
        numbers.fromlist([*one, *[one[-1]] * (length - len(one))])
    return numbers


def _at(numbers: "array[float]") -> Any:
    """A pointer to the numbers of an array, which keeps it alive."""
    if not numbers:
        return ctypes.POINTER(ctypes.c_double)()
    return (ctypes.c_double * len(numbers)).from_buffer(numbers)
