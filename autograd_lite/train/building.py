"""Training with a graph that is built afresh in each epoch."""

import math
from typing import Any

from autograd_lite.engine.chain import StaleGraphError
from autograd_lite.engine.graph import check_recorded, readable, topological
from autograd_lite.engine.value import Value, locked
from autograd_lite.history import Stopped
from autograd_lite.nn import Network
from autograd_lite.optim import NonFiniteError
from autograd_lite.program.arguments import unknown
from autograd_lite.program.progress import Advance, progress_bar
from autograd_lite.train.run import ALL_RECORDED, Run, diverged, recorded_names

__all__ = ["built_each_time"]


def built_each_time(run: Run) -> None:
    """Train with a graph built afresh in each epoch."""
    parameters, history = run.optimizer.parameters, run.history
    states = {len(history): [p.data for p in parameters]}  # by how many rows the history has with them
    try:
        with progress_bar(run.stopping.epochs, shown=run.progress) as advance:
            _loop(run, states, advance)
    except BaseException as error:
        for parameter, data in zip(parameters, states[len(history)], strict=True):
            parameter.data = data
        if isinstance(error, KeyboardInterrupt):
            history.stopped = Stopped.INTERRUPTED
        elif isinstance(error, NonFiniteError):
            raise diverged(str(error), error.quantity, run.epoch, history, run.optimizer.lr) from None
        else:
            raise


def _loop(run: Run, states: dict[int, list[float]], advance: Advance) -> None:
    """Train. What stops it is caught by the caller: from 3.12 on ctrl-C may pass by a `try` around a loop."""
    optimizer, history = run.optimizer, run.history
    if run.epoch:  # the epoch before has been recorded already
        optimizer.zero_grad()
        _built(run).backward()
    while not history.stopped:
        if run.epoch:
            optimizer.step()
        optimizer.zero_grad()
        root = _built(run)
        row = _measured(root, run)
        if not all(map(math.isfinite, row.values())):
            raise _non_finite(root)
        reason = run.stopping.reason(run.epoch, root.data)
        state = [p.data for p in optimizer.parameters]
        if reason or run.epoch % run.every == 0:
            # Noted first, and beside the state before, for ctrl-C may come when the row is not yet in the history.
            states[len(history) + 1] = state
            history.append(row)
            states.pop(len(history) - 1, None)
        else:
            states[len(history)] = state
        run.root, run.result = root, root.label or "loss"
        advance(run.epoch, root.data)
        run.epoch += 1
        history.stopped = reason


@locked
def _measured(root: Value, run: Run) -> dict[str, float]:
    """The gradients, and of them and all else what is to be recorded."""
    root.backward()
    parameters = run.optimizer.parameters
    if run.record is None:
        run.record = "all" if len(topological(root)) <= ALL_RECORDED else "parameters"
    row = run.history.measure(root, parameters)
    names = ["epoch", *recorded_names(run.record, list(row)[1:], parameters, root)]
    if missing := [name for name in names if name not in row]:
        raise ValueError(f"no quantity {unknown(missing[0], list(row)[1:])}")
    return {name: row[name] for name in names} | {"epoch": float(run.epoch)}


def _built(run: Run) -> Value:
    loss: Any = run.build
    if isinstance(loss, Network):
        raise TypeError("loss is a function without arguments, such as lambda: data_loss(net, data); got a Network")
    root: object = loss()
    if not isinstance(root, Value):
        raise TypeError(f"the loss function returns {type(root).__name__}; it has to return a Value, the loss")
    try:
        check_recorded(topological(root))
    except StaleGraphError as error:
        raise StaleGraphError(f"the loss function returned an old graph; it has to build it afresh ({error})") from None
    return root


def _non_finite(root: Value) -> NonFiniteError:
    """Name the first quantity of the pass, forward then backward, that is NaN or infinite."""
    order = topological(root)
    result = root.label or "loss"
    for k, node in enumerate(order):
        if not math.isfinite(node.data):
            name = node.label or _unlabelled(node, order[k + 1 :])
            return NonFiniteError(f"{_called(node, name)} is {node.data}", name)
    for k, node in enumerate(reversed(order)):
        if not math.isfinite(node.grad):
            along = node.label or _unlabelled(node, order[len(order) - k :])
            derivative = f"d{readable(result)}/d{_called(node, along)}"
            return NonFiniteError(f"{derivative} is {node.grad}", f"d{result}/d{along}")
    return NonFiniteError("a parameter outside the graph is not finite", "a parameter")


def _called(node: Value, name: str) -> str:
    return readable(name) if node.label else name


def _unlabelled(node: Value, after: list[Value]) -> str:
    what = "leaf" if node.op is None else f"{node.op.name} node"
    made_from = {node}
    for other in after:
        if not made_from.isdisjoint(other.parents):
            made_from.add(other)
            if other.label:
                return f"(an unlabelled {what} on the way to {readable(other.label)})"
    return f"(an unlabelled {what})"
