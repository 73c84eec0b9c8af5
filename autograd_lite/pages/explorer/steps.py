"""One training step in the order of the tutorials: what is computed, one thing at a time, and what it means."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from autograd_lite.pages.explorer.quantities import Kind, Model, Quantity

__all__ = ["EACH", "Stage", "Step", "training_step"]

EACH = 24
"""So many trained parameters are updated in a step each; of more, in one step all."""


class Stage(StrEnum):
    """The part of a training step."""

    FORWARD = "Forward: predictions"
    LOSS = "Loss"
    OUTPUT = "Backward: output layer"
    HIDDEN = "Backward: hidden layers"
    BACK = "Backward"
    WEIGHTS = "Gradients of the weights"
    UPDATE = "Update"


@dataclass(frozen=True, eq=False)
class Step:
    """One computation: of a value, a gradient or an update of a quantity, with what it means in a sentence or two."""

    stage: Stage
    what: str
    """ "value", "gradient" or "update"."""
    quantity: Quantity
    words: str

    def data(self) -> dict[str, Any]:
        """Return what the page's scripts know of it."""
        return {"stage": str(self.stage), "what": self.what, "key": self.quantity.key}


def training_step(model: Model, trained: list[Quantity], *, network: bool) -> list[Step]:
    """Return the steps: forward, loss, backward from the result on, parameters, update."""
    order = {Kind.ERROR: 1, Kind.RESULT: 2}
    forward = sorted(model.computed, key=lambda q: order.get(q.kind, 0))
    steps = [_forward(model, q) for q in forward] if network else [_forward(model, q) for q in model.computed]
    back = [q for q in reversed(model.computed) if q is not model.result]
    last = max((q.layer for q in model.quantities), default=0)
    # A layer's gradients come in the order of its neurons, nearest the loss first.
    depth = _depths(model)
    ranks = {q: k for k, q in enumerate(model.quantities)}
    back.sort(key=lambda q: (depth[q], ranks[q]))
    steps += [_backward(model, q, last, network=network) for q in back]
    given = [q for q in model.leaves if q.kind not in {Kind.INPUT, Kind.TARGET}]
    steps += [Step(Stage.WEIGHTS if network else Stage.BACK, "gradient", q, _parameter(model, q)) for q in given]
    for q in trained[: EACH if len(trained) <= EACH else 1]:
        steps.append(Step(Stage.UPDATE, "update", q, _update(model, q, len(trained))))
    return steps


def _depths(model: Model) -> dict[Quantity, int]:
    """How far each quantity is from the result, by the longest way."""
    depth = dict.fromkeys(model.quantities, 0)
    users: dict[Quantity, list[Quantity]] = {}
    for edge in model.edges:
        users.setdefault(edge.wrt, []).append(edge.of)
    for q in (*reversed(model.computed), *model.leaves):
        depth[q] = max((depth[of] + 1 for of in users.get(q, ())), default=0)
    return depth


def _forward(model: Model, q: Quantity) -> Step:
    name, result = q.name, model.result.name
    operands = [edge.wrt.name for edge in model.edges if edge.of is q]
    if q.kind is Kind.SUM:
        words = (
            f"Neuron {name} adds up what comes in, each input times the weight on its line, and the bias. "
            "Nothing is decided yet: this is only a weighted sum."
        )
    elif q.kind is Kind.ACTIVATION:
        words = (
            f"The activation function turns the sum {operands[0] if operands else ''} into the neuron's output "
            f"{name}, which is what the next layer sees."
        )
    elif q.kind is Kind.ERROR:
        words = (
            f"How wrong is this output? {name} compares it with its target: 0 where they agree, "
            "and growing faster the farther they are apart."
        )
    elif q is model.result and q.kind is Kind.RESULT:
        words = (
            f"{result} is the one number that everything is about. Next we go back from it, and ask of every "
            f"quantity: if it grew a little, how much would {result} grow?"
        )
    else:
        words = f"{name} is computed from {_listed(operands)}."
    loss = q.kind is Kind.ERROR or q is model.result
    return Step(Stage.LOSS if loss else Stage.FORWARD, "value", q, words)


def _backward(model: Model, q: Quantity, last: int, *, network: bool) -> Step:
    result = model.result.name
    users = [edge.of for edge in model.edges if edge.wrt is q]
    # What is used in one place passes one slope back; what is used in several is reached along several paths.
    if len(users) > 1:
        words = (
            f"{q.name} feeds {_listed([of.name for of in users])}, so {result} hears of it along {len(users)} ways. "
            "Multiply along each way, then add: that is the chain rule."
        )
    elif q.kind is Kind.ERROR:
        words = (
            f"We turn around. If {q.name} grows a little, {result} grows {_times(model, q)}: the first slope on the "
            "way back."
        )
    elif q.kind is Kind.ACTIVATION:
        words = (
            f"If {q.name} grows a little, how much does {result} grow? The slope known so far, times the slope of "
            f"{users[0].name} along {q.name}. A plus sign means: a larger output makes it worse."
        )
    elif q.kind is Kind.SUM:
        words = (
            f"One factor more: how steep the activation function is at {q.name}. Where it is flat, "
            "nothing before it can move the loss, and learning is slow."
        )
    elif users:
        words = f"The gradient that has arrived at {users[0].name}, times the slope of {users[0].name} along {q.name}."
    else:
        words = f"Nothing depends on {q.name}: its gradient is 0."
    if not network:
        stage = Stage.BACK
    elif q.kind in {Kind.SUM, Kind.ACTIVATION} and q.layer < last:
        stage = Stage.HIDDEN
    else:
        stage = Stage.OUTPUT
    return Step(stage, "gradient", q, words)


def _times(model: Model, q: Quantity) -> str:
    return "exactly as much" if model.numbers().get(f"∂{q.key}") == 1.0 else "in proportion"


def _parameter(model: Model, q: Quantity) -> str:
    users = [edge.of.name for edge in model.edges if edge.wrt is q]
    result = model.result.name
    if q.kind is Kind.WEIGHT and len(users) == 1:
        return (
            f"What has arrived at {users[0]}, times what flows through {q.name}. "
            f"A plus sign: a larger {q.name} raises {result}; a minus sign: it lowers it."
        )
    if q.kind is Kind.BIAS:
        return f"A bias is added as it is, so it moves {result} just as much as {_listed(users)} " + (
            "do together." if len(users) > 1 else "does."
        )
    return f"How much {result} grows if {q.name} grows a little: from {_listed(users)}."


def _update(model: Model, q: Quantity, count: int) -> str:
    result = model.result.name
    more = f" So do all {count} parameters, at once." if count > EACH else ""
    return (
        f"{q.name} takes a step against its gradient, the learning rate times as long, so that {result} gets "
        f"smaller.{more}"
    )


def _listed(names: list[str]) -> str:
    if len(names) > 6:
        return f"{', '.join(names[:4])} and {len(names) - 4} more"
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
