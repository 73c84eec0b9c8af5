"""A recorded graph that runs again and again: called, iterated, read as source or as a list, verified."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

from autograd_lite.engine.chain import StaleGraphError, describe
from autograd_lite.engine.graph import readable
from autograd_lite.engine.showing import Shown
from autograd_lite.engine.validation import is_list, whole
from autograd_lite.engine.value import Value, edits
from autograd_lite.program import backends
from autograd_lite.program.arguments import NO_UPDATES, by_name, few, is_mean, listed, others_of, rows_of, state_of
from autograd_lite.program.errors import frozen_branch
from autograd_lite.program.loops import ROW, BrokenGuardError, Loop, repeated, where
from autograd_lite.program.quantities import recorded_in
from autograd_lite.program.recorded import Recorded, assembled
from autograd_lite.program.result import Result

if TYPE_CHECKING:  # what a call needs not is imported where it is used, so that the first call is soon there
    from autograd_lite.history import Stopped
    from autograd_lite.program.iteration import Iteration
    from autograd_lite.program.mapping import Lanes

__all__ = ["Program", "Result"]

Number = Any
"""Whatever `number` takes for a float."""
Reduce = Literal["mean", "sum"]


class Program(Shown):
    """A recorded graph, which gives values and gradients at other inputs without building nodes.

    `compile` makes programs. A program is a function of its inputs, in their order or by name:

    >>> from autograd_lite import Value, compile
    >>> w, x = Value(3.0, "w"), Value(2.0, "x")
    >>> program = compile((w * x).tanh(), wrt=[w], inputs=[w, x])
    >>> value, gradient = program(0.5, 1.0)
    >>> f"{value:.6f} {gradient['w']:.6f}"
    '0.462117 0.786448'

    `program.inputs`, `.outputs` and `.wrt` are the names of what it takes, gives, and has gradients along, in order.
    `print(program)` lists its instructions, `program.source` is the Python that it runs. The floats are those of the
    nodes, bit for bit. Several threads may call one program. It can be copied and pickled: a pickle holds the graph,
    and a recorded function by its name, so that a program of a lambda cannot be pickled.
    """

    def __init__(self, recorded: Recorded, *, checked: bool = True, backend: str = "python") -> None:
        self.recorded = recorded
        self.code, names, frozen = assembled(recorded, checked=checked)
        self.inputs, self.outputs, self.wrt = names
        self._names = dict(zip(recorded.inputs, self.inputs, strict=True))
        self._frozen = frozen
        self._edits = self._checked = edits()
        self.functions = backends.Functions(self.code, backend)
        self._calls = 0
        self._same_in_rows: dict[Loop, set[int]] = {}

    # --- a call ----------------------------------------------------------------------------------------------------

    def __call__(self, *args: Any, data: Any = None, reduce: Reduce = "mean", **named: Number) -> Result:
        """Return the value and the gradient at some inputs.

        Args:
            args: numbers for `inputs`, in order, or one list of them; or one dict, by name or node.
            data: a list of rows, each with numbers for the inputs that are not given otherwise, in order; or a dict of
                columns by name. The result is that of the whole data set. A row may be a pair of lists, as in `train`.
            reduce: what is made of the rows' results and gradients: their "mean" or their "sum".
            named: numbers for inputs by name, as in `program(w=0.5, x=1.0)`.

        Raises:
            TypeError: an input that is no number, or the wrong number of them.
            ValueError: a name that is no input, NaN, rows of another length than the inputs that they are for.
            StaleGraphError: a leaf that is no input was changed since the program was recorded.
            FrozenBranchError: a comparison of the recorded function comes out otherwise here.
        """
        self.check_frozen()
        given = by_name(self.inputs, self.recorded.inputs, args, named)
        if data is None:
            return self._result(self._run(self._all(given)))
        columns = [name for name in self.inputs if name not in given]
        rows = rows_of(data, columns)
        loop = Loop((), self._places(columns), is_mean(reduce), self.code.outputs, self.code.gradients)
        fixed = tuple(given[name] for name in self.inputs if name in given)
        kept: list[tuple[float, ...]] = []
        try:
            self.functions.loop(loop, len(rows), len(rows))(1, kept.append, rows, fixed, ())
        except BrokenGuardError:
            raise self._broken([self._all(given | dict(zip(columns, row, strict=True))) for row in rows]) from None
        if loop not in self._same_in_rows:
            places = where(self.code, loop)
            self._same_in_rows[loop] = {
                k for k, x in enumerate(self.code.outputs) if isinstance(x, float) or places[x] != ROW
            }
        same = self._same_in_rows[loop]
        return self._result([repeated(x, len(rows), mean=loop.mean) if k in same else x for k, x in enumerate(kept[0])])

    def quantities(self, *args: Any, **named: Number) -> dict[str, float]:
        """Return all that has a name, at inputs given as in a call: labelled nodes, and gradients such as "dE/dw"."""
        self.check_frozen()
        inputs = self._all(by_name(self.inputs, self.recorded.inputs, args, named))
        self._check_guards(inputs)
        numbers = self.functions.interpreter.numbers(inputs)
        found = {name: numbers[x] if isinstance(x, int) else x for name, x in self.code.names.items()}
        return {name: x + 0.0 if name in self.code.gradient_names else x for name, x in found.items()}

    def _all(self, given: Mapping[str, float]) -> list[float]:
        missing = [name for name in self.inputs if name not in given]
        if missing:
            raise TypeError(f"this program takes the inputs {listed(self.inputs)}; not given: {listed(missing)}")
        return [given[name] for name in self.inputs]

    def _places(self, names: Iterable[str]) -> tuple[int, ...]:
        place = {name: k for k, name in enumerate(self.inputs)}
        return tuple(place[name] for name in names)

    def _run(self, inputs: Sequence[float]) -> tuple[float, ...]:
        try:
            self._calls += 1
            found: tuple[float, ...] = self.functions.loop(None, self._calls)(*inputs)
        except BrokenGuardError:
            self._check_guards(inputs)
            raise
        return found

    def _check_guards(self, inputs: Sequence[float], row: int | None = None) -> None:
        interpreter = self.functions.interpreter
        k = interpreter.broken(interpreter.numbers(inputs))
        if k is not None:
            raise frozen_branch(self.code.guards[k], f"in row {row} of the data" * (row is not None), row=row)

    def _broken(self, rows: Sequence[Sequence[float]]) -> Exception:
        """The error for a guard that does not hold in a row; or, if only last digits say so, the nearest to that."""
        for row, inputs in enumerate(rows):
            self._check_guards(inputs, row)
        interpreter = self.functions.interpreter
        _, k, row = min((*interpreter.nearest(interpreter.numbers(x)), at) for at, x in enumerate(rows))
        return frozen_branch(self.code.guards[k], f"in row {row} of the data", row=row)

    def _result(self, numbers: Sequence[Any]) -> Result:
        m, n = len(self.outputs), len(self.wrt)
        slopes = [dict(zip(self.wrt, numbers[m + k * n :], strict=False)) for k in range(m)]
        if self.recorded.single:
            return Result(numbers[0], slopes[0])
        return Result(dict(zip(self.outputs, numbers, strict=False)), dict(zip(self.outputs, slopes, strict=True)))

    def map(self, *args: Any, **named: Any) -> Result:
        """Return values and gradients at many points at once: a list for each, with a number for each lane.

        >>> from autograd_lite import Value, compile
        >>> compile(Value(3.0, "x") ** 2).map([1.0, 2.0, 3.0])
        Result(value=[1.0, 4.0, 9.0], gradient={'x': [2.0, 4.0, 6.0]})

        Each input is a number, or a list or array with one for each lane; given in order, by name, or as one dict.

        Raises what a call does, `ValueError` for lists of several lengths or none, and `MemoryError` for too many.
        """
        from autograd_lite.program.mapping import mapped

        return self._result(mapped(self, args, named))

    # --- state -----------------------------------------------------------------------------------------------------

    def iterate(
        self,
        state: Any = None,
        epochs: int = 1,
        *,
        inputs: Mapping[Any, Number] | None = None,
        data: Any = None,
        reduce: Reduce = "mean",
        record: str | Iterable[str] = (),
        every: int = 1,
        progress: bool | None = None,
        until: "Callable[[int, float], Stopped] | None" = None,
    ) -> "Iteration":
        """Replace inputs by their updates, again and again; return the last `state` and the `history`.

        The state is the inputs that have updates. All updates of an epoch are made at once, from the state before it.
        The nodes keep their data: the new numbers are in `state` alone.
        With rows of data, each epoch takes the mean or sum of results and gradients over all rows, and then updates.

        Args:
            state: the first state: a list in the order of `updates`, or a dict by name or node. By default the data
                that the nodes have now.
            epochs: how often to update, 0 or above.
            inputs: numbers for other inputs, a dict by name or node.
            data: rows for all inputs that are neither state nor in `inputs`, as in a call.
            reduce: "mean" or "sum" over the rows.
            record: a name, or a list of names, of quantities to keep, such as "E" and "dE/dw"; "parameters" for the
                state; "all" for all that has a name and does not differ from row to row. The history has a row before
                each update, and one after the last.
            every: keep the rows of each n-th epoch, and the last.
            progress: whether to show how far it is; by default on a terminal, and after a second in a notebook.
            until: is called before each update, with the number of epochs made and the (first) result, and gives a
                reason to stop, a `Stopped`; `Stopped.NOT_YET` to go on.

        On ctrl-C it ends within a second, with the state of a whole epoch; `history.stopped` is then "interrupted".

        Raises:
            ValueError: a program without updates, an unknown name, a number of epochs below 0, data that does not fit,
                an update or a recorded quantity that differs from row to row.
            TypeError: something is no number, or inputs are not given.
            DivergedError: a recorded quantity or the state became NaN or infinite.
            FrozenBranchError, StaleGraphError: as in a call.
        """
        from autograd_lite.history import History, Stopped
        from autograd_lite.program.iteration import Iteration, Plan, run
        from autograd_lite.program.progress import progress_bar

        if not self.code.updates:
            raise ValueError(NO_UPDATES)
        if until is not None and not callable(until):
            raise TypeError(f"until is a function of the epoch and the result, got {until!r:.60}")
        self.check_frozen()
        epochs = whole(epochs, "epochs is a whole number, 0 or above", 0)
        every = whole(every, "every is a whole number of epochs, 1 or above")
        places = tuple(self.code.updates)
        names, nodes = [self.inputs[k] for k in places], [self.recorded.inputs[k] for k in places]
        first = state_of(names, nodes, state)
        inputs = others_of(names, nodes, inputs)
        others = [k for k in range(len(self.inputs)) if k not in self.code.updates]
        rest = [self.inputs[k] for k in others]
        given = by_name(rest, [self.recorded.inputs[k] for k in others], [inputs], {})
        columns = [name for name in rest if name not in given]
        if data is None and columns:
            raise TypeError(
                f"not given: {listed(columns)}; pass inputs={{...}}, or data=[...] with a row for each sample"
            )
        rows = rows_of(data, columns) if data is not None else [()]
        loop = Loop(places, self._places(columns), is_mean(reduce))
        loop, wanted, watched = recorded_in(loop, record, self.code, self.outputs, always=until is not None)
        if columns and not loop.mean:
            self.check_sums(loop)
        plan = Plan(
            code=self.code,
            interpreter=lambda: self.functions.interpreter,
            function=lambda loop: self.functions.loop(loop, epochs * len(rows), len(rows)),
            loop=loop,
            names=wanted,
            rows=rows,
            given=tuple(given[name] for name in self.inputs if name in given),
            epochs=epochs,
            every=every,
            history=History(),
            advance=lambda _epoch, _loss: None,
            watched=watched,
            until=until or (lambda _epoch, _first: Stopped.NOT_YET),
            done=(0, first, 0),
        )
        with progress_bar(epochs, shown=progress) as plan.advance:
            run(plan)
        return Iteration(dict(zip(names, plan.done[1], strict=True)), plan.history)

    def iterate_map(
        self,
        state: Any = None,
        epochs: int = 1,
        *,
        inputs: Mapping[Any, Any] | None = None,
        data: Any = None,
        reduce: Reduce = "mean",
        record: str | Iterable[str] = (),
        every: int = 1,
        watch: str | Iterable[str] = (),
    ) -> "Lanes":
        """Iterate from many states, or with many inputs such as learning rates, side by side.

        It is given what `iterate` is; each number of `state` and `inputs` may be a list or an array, with one for each
        lane. A lane in which the state, what is recorded or a quantity of `watch` (names, or "all") is not finite goes
        on, and is listed in `not_finite`. Ctrl-C ends it within a second, with all lanes in the same epoch.

        Raises what `iterate` does otherwise, `ValueError` for lists of several lengths, and `MemoryError`.
        """
        from autograd_lite.program.mapping import iterated

        return iterated(
            self, state, epochs, inputs=inputs, data=data, reduce=reduce, record=record, every=every, watch=watch
        )

    def check_sums(self, loop: Loop) -> None:
        """Raise `ValueError` for a gradient in an update that is the same in every row: no row adds to its sum."""
        places = where(self.code, loop)
        for name, x in self.code.slopes_used.items():
            if places[x] != ROW if isinstance(x, int) else x != 0.0:
                raise ValueError(
                    f"the gradient along {readable(name)} is the same in every row of the data, so it is not summed; "
                    "take reduce='mean', and multiply the update by the number of rows"
                )
        for x in loop.recorded:
            if isinstance(x, int) and x in self.code.additive and places[x] != ROW:
                raise ValueError(
                    f"{readable(self.code.label(x))} is the same in every row of the data, so an iteration does not "
                    "sum it; take reduce='mean', or do not record it"
                )

    # --- what it is ------------------------------------------------------------------------------------------------

    @property
    def backend(self) -> str:
        """What ran last, such as "llvm"; before the first call what was asked for."""
        return self.functions.used or self.functions.backend

    @property
    def source(self) -> str:
        """The Python that a call runs; for a program with updates, the loop over epochs that `iterate` runs.

        Raises `ValueError` for a program of more than 250,000 instructions, which runs without source.
        """
        if len(self.code) > backends.LARGEST_SOURCE:
            raise ValueError(f"this program has {len(self.code)} instructions: too many for source")
        return self.functions.source(Loop(tuple(self.code.updates)) if self.code.updates else None)[0]

    def data(self) -> dict[str, Any]:
        """Return inputs, instructions, names, outputs and updates as plain data, which `json.dumps` takes."""
        return self.code.data()

    def __len__(self) -> int:
        """The number of instructions."""
        return len(self.code)

    def __str__(self) -> str:
        return "\n".join(self.code.lines())

    def __repr__(self) -> str:
        updates = f", {len(self.code.updates)} updates" if self.code.updates else ""
        return (
            f"<Program: {few(self.inputs, 'input')} -> {few(self.outputs, 'output')}, "
            f"{len(self.wrt)} gradients{updates}, {len(self.code)} instructions>"
        )

    def __reduce__(self) -> tuple[Any, ...]:
        self.check_frozen()
        return _again, (self.recorded, self.functions.backend)

    def verify(self, points: Iterable[Any]) -> None:
        """Compare the program, at some points, with nodes computed anew; return nothing if all floats are the same.

        A point is a list of all inputs in order, or a dict by name or node. A recorded function is called anew at each
        point. So this finds what cannot be recorded, such as `.data` or a random number.

        Raises `ValueError` at the first value or gradient that is another float, and `FrozenBranchError`.
        """
        for point in points:
            one = isinstance(point, Mapping)
            if not one and not is_list(point):
                raise TypeError(
                    f"a point is a list of the inputs {listed(self.inputs)}, or a dict; got {type(point).__name__}"
                )
            inputs = self._all(by_name(self.inputs, self.recorded.inputs, [point] if one else list(point), {}))
            self.check_frozen()
            here = self._run(inputs)
            outputs = self.recorded.computed(inputs)
            names = [*self.outputs, *(f"d{y}/d{x}" for y in self.outputs for x in self.wrt)]
            for name, mine, theirs in zip(names, here, outputs, strict=True):
                if mine != theirs and not (math.isnan(mine) and math.isnan(theirs)):
                    at = ", ".join(f"{readable(x)}={value!r}" for x, value in zip(self.inputs, inputs, strict=True))
                    raise ValueError(
                        f"at {at} the program gives {mine!r} for {readable(name)}, the nodes {theirs!r}: it was "
                        "recorded where something was read that cannot be recorded, such as .data or a random number"
                    )

    def name_of(self, node: Value) -> str:
        """Return the name that a node has as an input; raises `ValueError` for one that is no input."""
        if node not in self._names:
            raise ValueError(f"{node!r} is no input of this program, which are {listed(self.inputs)}")
        return self._names[node]

    # --- how it runs -----------------------------------------------------------------------------------------------

    def check_frozen(self) -> None:
        """Raise `StaleGraphError` if a leaf that is no input was changed since the program was recorded."""
        now = edits()
        if now == self._checked:
            return
        for leaf in self._frozen:
            if leaf._mark.edits > self._edits:  # noqa: SLF001
                raise StaleGraphError(
                    f"the data of {describe(leaf)} was changed after this program was recorded, and is no input of it; "
                    "make it an input, or compile again"
                )
        self._checked = now


def _again(recorded: Recorded, backend: str) -> Program:
    """The program that is read from a pickle; inputs may have been changed, all else was looked at before."""
    return Program(recorded, checked=False, backend=backend)
