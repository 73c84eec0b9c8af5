"""What a published worked example is: its printed numbers, and how each is checked against the computed one."""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from autograd_lite.engine.graph import named, readable
from autograd_lite.engine.showing import Shown
from autograd_lite.engine.value import Value
from autograd_lite.history import History
from autograd_lite.losses import half_squared_error
from autograd_lite.nn import Biases, Network, Pass
from autograd_lite.optim import GradientDescent, descent
from autograd_lite.program import compile  # noqa: A004
from autograd_lite.text.layout import brief
from autograd_lite.train import TrainingDivergedError, data_loss, train

__all__ = [
    "Check",
    "Erratum",
    "NetworkExample",
    "Published",
    "ScalarExample",
    "Sweep",
    "named_quantities",
    "printed",
    "printed_gradients",
    "sweep",
]


@dataclass(frozen=True)
class Published(Shown):
    """One number of a source: which quantity, the digits as printed, and after how many epochs."""

    quantity: str
    """Its name in a history: that of a gradient is such as dE_total/dw1."""
    printed: str
    epochs: int = 0
    """How many epochs come before: updates of all weights, or steps of a small example."""

    @property
    def stage(self) -> str:
        """The part of the example it belongs to: "forward pass", "gradients", "after 1 epoch", ..."""
        if self.epochs:
            return f"after {self.epochs:,} epoch{'s' * (self.epochs > 1)}"
        return "gradients" if "/d" in self.quantity else "forward pass"

    def __repr__(self) -> str:
        return f"<Published {readable(self.quantity)} = {self.printed}, {self.stage}>"


def printed(epochs: int = 0, /, **numbers: str) -> Iterator[Published]:
    """Return published numbers by the name of their quantity."""
    return (Published(name, text, epochs) for name, text in numbers.items())


def printed_gradients(text: str) -> Iterator[Published]:
    """Return the published gradients of w1, w2, ..., which are printed with spaces between."""
    return (Published(f"dE_total/dw{k}", number) for k, number in enumerate(text.split(), 1))


@dataclass(frozen=True)
class Erratum(Shown):
    """Why some published numbers are not what they claim to be."""

    title: str
    text: str
    quantities: frozenset[tuple[int, str]]
    """Of the numbers concerned: after how many epochs, and which quantity."""
    misprints: Mapping[str, str] = field(default_factory=dict)
    """What was meant, by what was printed."""

    def __repr__(self) -> str:
        return f"<Erratum: {brief(self.title, 60)}, {len(self.quantities)} numbers>"


@dataclass(frozen=True)
class Check(Shown):
    """A published number beside the computed one."""

    published: Published
    computed: float
    erratum: Erratum | None = None
    reproduced: float | None = None
    """What the computation gives with the published mistake made on purpose."""

    @property
    def agrees(self) -> bool:
        """Whether the computed number rounds to what is printed."""
        return _rounds_to(self.computed, self.published.printed)

    @property
    def digits(self) -> int:
        """How many leading significant digits of the printed number are those of the computed one."""
        return _common_digits(self.computed, self.published.printed)

    @property
    def explained(self) -> bool:
        """Whether the computed number agrees, or the mistake made on purpose gives what is printed."""
        if self.agrees:
            return True
        if self.erratum is None or self.reproduced is None:
            return False
        printed = self.published.printed
        return _rounds_to(self.reproduced, self.erratum.misprints.get(printed, printed))

    def __repr__(self) -> str:
        name, printed = readable(self.published.quantity), self.published.printed
        verdict = "agrees" if self.agrees else "differs, explained" if self.explained else "differs"
        return f"<Check {name}, {self.published.stage}: printed {printed}, computed {self.computed:.10g}, {verdict}>"


def _rounds_to(x: float, printed: str) -> bool:
    if not math.isfinite(x):
        return False
    value = Decimal(printed)
    exponent = value.as_tuple().exponent
    assert isinstance(exponent, int)  # printed numbers are finite
    return abs(Decimal(x) - value) <= Decimal(1).scaleb(exponent) / 2


def _common_digits(x: float, printed: str) -> int:
    value = Decimal(printed)
    total = len(value.as_tuple().digits)
    if _rounds_to(x, printed):
        return total
    if not math.isfinite(x):
        return 0
    for digits in range(total - 1, 0, -1):
        if f"{value:.{digits - 1}e}" == f"{Decimal(x):.{digits - 1}e}":
            return digits
    return 0


def _none(_row: Mapping[str, float]) -> dict[str, float]:
    return {}


@dataclass(frozen=True)
class NetworkExample(Shown):
    """A published network with one training sample: data, parameters, learning rate, printed numbers, errata."""

    name: str
    title: str
    source: str
    inputs: tuple[float, ...]
    targets: tuple[float, ...]
    weights: tuple[float, ...]
    biases: Biases
    bias_values: tuple[float, ...]
    lr: float
    epochs: int
    published: tuple[Published, ...]
    errata: tuple[Erratum, ...]
    mistaken_updates: Callable[[Network, Pass, Value, float], dict[Value, Value]]
    """The updates as the source made them, the mistake of the erratum included: a graph, as that of `descent`."""
    mistaken_gradients: Callable[[Mapping[str, float]], dict[str, float]] = _none
    """The gradients that the source computes wrongly, from a row of named quantities."""
    sizes: tuple[int, ...] = (2, 2, 2)
    url: str = ""
    """The address of the source, if it has one."""

    def __repr__(self) -> str:
        size = "-".join(map(str, self.sizes))
        return (
            f"<NetworkExample {self.name}: {size}, lr={self.lr:g}, {self.epochs} epochs, {len(self.published)} numbers>"
        )

    def network(self) -> Network:
        """Return a new network with the published initial weights and biases."""
        return Network(self.sizes, biases=self.biases, weights=self.weights, bias_values=self.bias_values)

    def forward(self, net: Network) -> tuple[Pass, Value]:
        """Return the nodes of the forward pass, and the loss E_total."""
        done = net.forward(self.inputs)
        return done, half_squared_error(done.outputs, self.targets)

    def loss(self, net: Network) -> Value:
        """Return the loss E_total of the published sample, as a new graph."""
        return data_loss(net, [(self.inputs, self.targets)])

    def train(
        self, net: Network, *, lr: float | None = None, epochs: int | None = None, progress: bool | None = None
    ) -> History:
        """Train the weights (the biases stay fixed, as published) by gradient descent; see `train`."""
        return train(
            net,
            [(self.inputs, self.targets)],
            parameters=net.weights,
            lr=self.lr if lr is None else lr,
            epochs=self.epochs if epochs is None else epochs,
            progress=progress,
        )

    def train_as_published(self, epochs: Sequence[int]) -> dict[int, dict[str, float]]:
        """Return the named quantities after each of the numbers of `epochs`, made with the source's mistake."""
        net = self.network()
        done, root = self.forward(net)
        computed = [node for node in named(root).values() if node.op is not None and node is not root]
        program = compile(
            root,
            inputs=net.weights,
            wrt=[*net.weights, *computed],
            updates=self.mistaken_updates(net, done, root, self.lr),
        )
        names = [name for name in named_quantities(net, root) if name != "epoch"]
        history = program.iterate(epochs=max(epochs), record=names, progress=False).history
        return {n: history[n] for n in epochs}

    def checks(self, history: History | None = None) -> list[Check]:
        """Compare every published number with the computed one.

        `history` is that of a training with the published learning rate, long enough; made here if not given.
        Each number that differs comes with the erratum, and with what making the source's mistake gives.
        """
        if history is None:
            history = self.train(self.network(), progress=False)
        wanted = sorted({p.epochs for p in self.published})
        mistaken = self.train_as_published(wanted)
        if len(history) <= wanted[-1]:
            raise ValueError(f"the published numbers take {wanted[-1]} epochs, this history has {len(history) - 1}")
        compared = []
        for item in self.published:
            erratum = next((e for e in self.errata if (item.epochs, item.quantity) in e.quantities), None)
            row = mistaken[item.epochs] | self.mistaken_gradients(mistaken[item.epochs])
            reproduced = row[item.quantity] if erratum else None
            compared.append(Check(item, history[item.epochs][item.quantity], erratum, reproduced))
        return compared


def named_quantities(net: Network, root: Value) -> dict[str, float]:
    """Return the row of a history that the loss `root` makes, gradients with respect to the weights included."""
    for weight in net.weights:
        weight.grad = None
    root.backward()
    history = History()
    history.record(root, net.weights)
    return history[0]


@dataclass(frozen=True)
class ScalarExample(Shown):
    """A published function of a few numbers, with its printed value and gradient."""

    name: str
    title: str
    source: str
    at: dict[str, float]
    build: Callable[..., Value]
    value: str
    gradient: tuple[str, ...]
    result: str = "y"
    """The name of the result."""
    after: tuple[float, str] | None = None
    """A step and the value that is printed for the inputs moved by that step times the gradient."""
    url: str = ""
    """The address of the source, if it has one."""

    def __repr__(self) -> str:
        at = ", ".join(f"{x}={number:g}" for x, number in self.at.items())
        return f"<ScalarExample {self.name}: {readable(self.result)} = {self.value} at {brief(at, 40)}>"

    def graph(self) -> tuple[Value, list[Value]]:
        """Return the result and its labelled inputs."""
        inputs = [Value(x, name) for name, x in self.at.items()]
        root = self.build(*inputs)
        root.label = self.result
        return root, inputs

    def checks(self) -> list[Check]:
        """Compare the printed value and gradient with the computed ones."""
        root, inputs = self.graph()
        root.backward()
        compared = [Check(Published(root.label, self.value), root.data)]
        for node, printed in zip(inputs, self.gradient, strict=True):
            compared.append(Check(Published(f"d{root.label}/d{node.label}", printed), node.grad))
        if self.after is not None:
            step, printed = self.after
            for node in inputs:
                node.data += step * node.grad
            moved = self.build(*inputs).data
            compared.append(Check(Published(root.label, printed, 1), moved))
        return compared


@dataclass(frozen=True)
class Sweep(Shown):
    """The loss by epoch and learning rate: `losses[rate][n]` is after n epochs."""

    example: NetworkExample
    losses: dict[float, list[float]]
    diverged: dict[float, str]
    """What went wrong, for the rates at which training turned non-finite; their losses stop before that."""

    def __repr__(self) -> str:
        ranged = f" from {min(self.losses):g} to {max(self.losses):g}" if self.losses else ""
        return f"<Sweep of {self.example.name}: {len(self.losses)} rates{ranged}, {len(self.diverged)} diverged>"


def sweep(
    example: NetworkExample,
    rates: Sequence[float],
    *,
    epochs: int = 67,
    tick: Callable[[float], object] = lambda _rate: None,
) -> Sweep:
    """Train the example anew at each learning rate, side by side, and return the losses.

    `tick` is called with each rate before. Many rates run in lanes, on LLVM or NumPy where these are installed; then
    last digits may differ from those of `train`.

    Raises `ValueError` for no rates, a rate that is negative or not finite, or a negative number of epochs, and
    `KeyboardInterrupt` on ctrl-C, where a single training would end early and keep its history.
    """
    if not isinstance(example, NetworkExample):
        raise TypeError(
            f"a sweep trains a network example, such as era_s6() of autograd_lite.examples; got {example!r:.60}"
        )
    if not isinstance(rates, Iterable):
        raise TypeError(f"rates are a list of learning rates, such as [0.1, 1.0], got {type(rates).__name__}")
    if not rates:
        raise ValueError("there are no learning rates to sweep: give at least one, such as 0.5")
    chosen = list(dict.fromkeys(rates))
    net, lr = example.network(), Value(0.0, "lr")
    for rate in chosen:
        tick(rate)
        GradientDescent(net.weights, rate)  # says what is wrong with it
    loss = example.loss(net)
    program = compile(loss, inputs=[*net.weights, lr], updates=descent(loss, net.weights, lr), backend="auto")
    lanes = program.iterate_map(epochs=epochs, inputs={lr: chosen}, record="E_total", watch="all")
    if lanes.interrupted:
        raise KeyboardInterrupt
    losses = {rate: [row[k] for row in lanes.recorded["E_total"]] for k, rate in enumerate(chosen)}
    diverged: dict[float, str] = {}
    for rate in (chosen[k] for k in lanes.not_finite):  # by itself, it says what went wrong, and when
        try:
            history = example.train(example.network(), lr=rate, epochs=epochs, progress=False)
        except TrainingDivergedError as error:
            history, diverged[rate] = error.history, str(error)
        losses[rate] = history["E_total"] if len(history) else []
    return Sweep(example, losses, diverged)
