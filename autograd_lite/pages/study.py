"""A published example computed in full: the pass, the gradients, the differences, the training, the comparisons."""

from collections.abc import Callable
from dataclasses import replace
from functools import cached_property

from autograd_lite.engine.graph import named
from autograd_lite.engine.value import Value
from autograd_lite.examples import HIGH_RATES, LOW_RATES, Check, NetworkExample, ScalarExample, Sweep, sweep
from autograd_lite.history import History
from autograd_lite.testing.gradients.differences import Slope, central_difference
from autograd_lite.train import TrainingDivergedError

__all__ = ["PUBLISHED_RATES", "NetworkStudy", "ScalarStudy"]

PUBLISHED_RATES: dict[str, tuple[tuple[float, ...], tuple[float, ...]]] = {"era-s6": (LOW_RATES, HIGH_RATES)}
"""Examples whose source tries several learning rates: the rates of its two charts."""


class NetworkStudy:
    """A network example, first as published (`root` and its gradients), then trained by `train`.

    Args:
        example: what to study.
        lr: learning rate, the published one if None.
        epochs: how many, each of one update; the published one if None.
    """

    def __init__(self, example: NetworkExample, *, lr: float | None = None, epochs: int | None = None) -> None:
        self.example = example
        self.lr = example.lr if lr is None else float(lr)
        self.epochs = example.epochs if epochs is None else epochs
        self.net = example.network()
        self.done, self.root = example.forward(self.net)
        self.root.backward()
        self.history = History()
        """What happened in training; before it, the one row of the network as published."""
        self.history.record(self.root, self.net.weights)
        self._checks: list[Check] | None = None

    @cached_property
    def computed(self) -> dict[str, Value]:
        """The labelled results of the forward pass, layer by layer, the errors and the loss last."""
        layers = zip(self.done.sums, self.done.activations, strict=True)
        neurons = [node for layer in layers for pair in zip(*layer, strict=True) for node in pair]
        rest = (node for node in named(self.root).values() if node.op is not None)
        return {node.label: node for node in dict.fromkeys((*neurons, *rest))}

    @cached_property
    def slopes(self) -> dict[str, Slope]:
        """For each weight, dE_total/dw by differences, the network computed anew for each value of the weight."""

        def loss_at(weight: str) -> Callable[[float], float]:
            net = self.example.network()

            def loss(x: float) -> float:
                net[weight].data = x
                return self.example.loss(net).data

            return loss

        return {w.label: central_difference(loss_at(w.label), w.data) for w in self.net.weights}

    def train(self, *, progress: bool | None = None) -> History:
        """Train a network with the published weights; `history` has what there is of it, also after an error.

        Raises `TrainingDivergedError`, and `ValueError` for an unusable learning rate or number of epochs.
        """
        net = self.example.network()
        self._checks = None
        try:
            self.history = self.example.train(net, lr=self.lr, epochs=self.epochs, progress=progress)
        except TrainingDivergedError as error:
            self.history = error.history
            raise
        return self.history

    @property
    def checks(self) -> list[Check]:
        """The published numbers that the history can be compared with, beside the computed ones."""
        if self._checks is None:
            kept = tuple(p for p in self.example.published if self._comparable(p.epochs))
            self._checks = replace(self.example, published=kept).checks(self.history) if kept else []
        return self._checks

    def _comparable(self, epochs: int) -> bool:
        return epochs == 0 or (self.lr == self.example.lr and epochs < len(self.history))

    def check(self, quantity: str, epochs: int = 0) -> Check | None:
        """The comparison of one number, or None if nothing was published or the training is another one."""
        wanted = quantity, epochs
        return next((c for c in self.checks if (c.published.quantity, c.published.epochs) == wanted), None)

    @property
    def not_compared(self) -> str:
        """Why some published numbers are not compared; empty if all are."""
        left_out = [p for p in self.example.published if not self._comparable(p.epochs)]
        if not left_out:
            return ""
        count = f"{len(left_out)} published number{'s' * (len(left_out) > 1)}"
        if self.lr != self.example.lr:
            why = f"the learning rate was {self.example.lr:g} there, and is {self.lr:g} here"
        else:
            stages = ", ".join(dict.fromkeys(p.stage for p in left_out))
            why = f"they are those {stages}, and this training had {len(self.history) - 1:,}"
        return f"{count} from later in the training cannot be compared: {why}."

    @cached_property
    def sweeps(self) -> tuple[Sweep, ...]:
        """The published charts of several learning rates, computed; none if the source has none."""
        return tuple(sweep(self.example, rates) for rates in PUBLISHED_RATES.get(self.example.name, ()))


class ScalarStudy:
    """A published function of a few numbers: its graph with gradients, the differences, the comparisons."""

    def __init__(self, example: ScalarExample) -> None:
        self.example = example
        self.root, self.inputs = example.graph()
        self.root.backward()

    @cached_property
    def checks(self) -> list[Check]:
        """The published numbers beside the computed ones."""
        return self.example.checks()

    @cached_property
    def slopes(self) -> dict[str, Slope]:
        """For each input, the slope by differences, the function computed anew for each value."""

        def result_at(name: str) -> Callable[[float], float]:
            def result(x: float) -> float:
                at = self.example.at | {name: x}
                return self.example.build(*(Value(number) for number in at.values())).data

            return result

        return {name: central_difference(result_at(name), x) for name, x in self.example.at.items()}
