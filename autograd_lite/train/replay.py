"""Training on a program: a graph that is the same in each epoch is recorded once."""

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from autograd_lite.engine import comparisons
from autograd_lite.engine.graph import topological
from autograd_lite.engine.ieee import number
from autograd_lite.engine.value import Value
from autograd_lite.history import History
from autograd_lite.losses import LOSSES, Loss
from autograd_lite.nn import Network
from autograd_lite.optim import descent
from autograd_lite.program.errors import DivergedError, FrozenBranchError
from autograd_lite.program.program import Program
from autograd_lite.program.recorded import Recorded
from autograd_lite.program.recording import unevaluated
from autograd_lite.train.data import Sample, data_loss, is_data
from autograd_lite.train.run import ALL_RECORDED, Run, diverged, recorded_names

__all__ = ["Replay", "of_network", "of_program", "replayed"]


@dataclass
class Replay:
    """A program that trains, and what it is given."""

    program: Program
    record: str | Iterable[str]
    inputs: Mapping[Value, float] = field(default_factory=dict)
    rows: Sequence[Sequence[float]] | None = None


def of_network(run: Run, net: Network, data: Sequence[Sample], loss: Loss) -> Replay | None:
    """Record the loss; None where it may be another graph in the next epoch, or a program would not give its bits."""
    parameters = run.optimizer.parameters
    # The graphs of these losses depend on nothing but comparisons of nodes, which a recording sees.
    if type(net) is not Network or loss not in LOSSES.values() or not is_data(data):
        return None
    with comparisons.recorded() as decided:
        root = data_loss(net, data[:1], loss)
    small = len(topological(root)) * len(data) <= ALL_RECORDED
    numbers = not any(isinstance(x, Value) for sample in data for part in sample for x in part)
    along: tuple[Value, ...] = tuple(parameters)
    given, rows, columns = along, None, list[str]()
    if len(data) > 1 and not small and run.record != "all" and numbers:
        with comparisons.recorded() as decided:
            root, leaves = _of_one_sample(net, data, loss)
        given, rows = (*along, *leaves), [[number(x) for part in sample for x in part] for sample in data]
    else:
        with comparisons.recorded() as decided:
            root = data_loss(net, data, loss)
        computed = [node for node in topological(root) if node.label and node.op is not None and node is not root]
        along = (*along, *computed)
    columns = list(History().measure(root, parameters))[1:]
    order = topological(root)
    if not _replayable(parameters, set(order)) or not _made_before(data).isdisjoint(parameters):
        return None
    updates = tuple(descent(root, parameters, run.optimizer.lr).items())
    program = Program(Recorded((root,), True, along, given, updates, tuple(decided)), backend="auto")
    record = run.record if run.record is not None else "all" if small else "parameters"
    names = recorded_names(record, columns, parameters, root)
    if not {*program.outputs, *program.code.names}.issuperset(names):
        return None  # a history has labels in full, a program's names are cut at 200 letters
    return Replay(program, names, rows=rows)


def _of_one_sample(net: Network, data: Sequence[Sample], loss: Loss) -> tuple[Value, list[Value]]:
    """The loss of the first sample, and its inputs and targets as leaves; all others are seen to fit."""
    inputs, targets = (
        [Value(x, f"{name}{k}") for k, x in enumerate(part, 1)] for name, part in zip("it", data[0], strict=True)
    )
    outputs = net(inputs)
    for k, (others, wanted) in enumerate(data, 1):
        try:
            if len(others) != len(inputs):
                net(others)
            loss(outputs, wanted)
        except (TypeError, ValueError) as error:
            error.add_note(f"in sample {k}")
            raise
    return loss(net(inputs), targets), [*inputs, *targets]


def _made_before(data: Sequence[Sample]) -> set[Value]:
    """What nodes among the data were made from: if that is trained, they are of an old point after one epoch."""
    made = [x for sample in data for part in sample for x in part if isinstance(x, Value) and x.op is not None]
    return {node for x in made for node in topological(x)}


def of_program(run: Run, model: Program) -> Replay:
    """The program with the updates of gradient descent."""
    recorded, parameters = model.recorded, run.optimizer.parameters
    if recorded.updates:
        raise ValueError(
            "this program has updates of its own, which program.iterate() runs; train() makes those of lr="
        )
    given, chosen = set(recorded.inputs), set(parameters)
    if strange := [p for p in parameters if p not in given]:
        raise ValueError(
            f"parameters are inputs of the program, which are {', '.join(model.inputs)}; got {strange[0]!r}"
        )
    model.check_frozen()
    root, lr = recorded.outputs[0], run.optimizer.lr
    updates = tuple((w, w - lr * unevaluated(root, w)) for w in parameters)  # the data of w may be another by now
    program = Program(replace(recorded, updates=updates), checked=False, backend=model.functions.backend)
    others = {node: node.data for node in recorded.inputs if node not in chosen}
    record = run.record if run.record is not None else "all" if len(program) <= ALL_RECORDED else "parameters"
    if record == "parameters":
        names, result = [program.name_of(p) for p in parameters], program.outputs[0]
        record = [*names, result, *(f"d{result}/d{name}" for name in names)]
    return Replay(program, record, others)


def _replayable(parameters: Sequence[Value], nodes: Collection[Value]) -> bool:
    """Whether parameters can be the inputs of a program that gives the floats of `backward()`, to the bit.

    A program's sums do not start with 0.0, so that it might take -0.0 from -0.0 where that takes 0.0.
    """
    return all(p in nodes and p.label and (p.data != 0.0 or math.copysign(1.0, p.data) > 0.0) for p in parameters)


def replayed(run: Run, replay: Replay) -> bool:
    """Train by a program. False if a comparison came out otherwise on the way: then the rest is up to the graph."""
    parameters, program = run.optimizer.parameters, replay.program
    names = [program.name_of(p) for p in parameters]
    state = {name: p.data for name, p in zip(names, parameters, strict=True)}
    try:
        done = program.iterate(
            state,
            run.stopping.epochs,
            inputs=replay.inputs,
            data=replay.rows,
            record=replay.record,
            every=run.every,
            until=run.stopping.reason,
            progress=run.progress,
        )
        state, run.history, run.result = done.state, done.history, program.outputs[0]
        run.optimizer.zero_grad()
    except DivergedError as error:
        state = error.state
        if run.build is not None and not error.epoch:
            return False  # nothing was updated yet: the graph has a name for each number, of the data too
        raise diverged(error.what, error.quantity, error.epoch, error.history, run.optimizer.lr) from None
    except FrozenBranchError as error:
        state = error.state or state
        if run.build is None or error.history is None:
            raise
        run.history, run.epoch = error.history, error.epoch or 0
        if len(run.history) and run.history[-1]["epoch"] % run.every:  # it ends there no longer
            run.history.truncate(len(run.history) - 1)
        return False
    finally:
        for name, parameter in zip(names, parameters, strict=True):
            parameter.data = state[name]
    point = {**state, **{program.name_of(node): x for node, x in replay.inputs.items()}}
    _, gradient = program(point, data=replay.rows)
    for name, parameter in zip(names, parameters, strict=True):
        if name in gradient:  # that of the last epoch, as the other way leaves it
            parameter.grad = gradient[name]
    return True
