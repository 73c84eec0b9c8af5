"""The section on learning rates: the loss by epoch and rate, and why it stays where a large rate takes it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from autograd_lite.engine import ops
from autograd_lite.engine.value import Value
from autograd_lite.examples import Sweep
from autograd_lite.pages import tables
from autograd_lite.pages.document import Block, Figure, Section, Text
from autograd_lite.pages.study import NetworkStudy
from autograd_lite.text.layout import number

__all__ = ["Stuck", "example_learning_rates", "learning_rates", "stuck"]


def example_learning_rates(study: NetworkStudy) -> Section:
    """The published experiment with learning rates: two charts, one table."""
    low, high = study.sweeps
    both = Sweep(study.example, low.losses | high.losses, low.diverged | high.diverged)
    return learning_rates(both, 67, {"learning-rates-low": low, "learning-rates-high": high})


def learning_rates(sweep: Sweep, epochs: int, charts: Mapping[str, Sweep]) -> Section:
    """The loss by epoch and learning rate, for one sweep, which the charts may show in parts."""
    figures = [Figure(name, f"Learning rates {_span(part)}.") for name, part in charts.items()]
    blocks: list[Block] = [
        Text("The network is trained anew from the same weights, once with each learning rate."),
        tables.losses_by_rate(sweep, epochs),
        *(Text(f"Learning rate {rate:g}: {why}.", note=True) for rate, why in sweep.diverged.items()),
    ]
    stuck_rate = stuck(sweep)
    return Section("Learning rates", (*blocks, *([Text(stuck_rate.explanation)] if stuck_rate else []), *figures))


def _span(sweep: Sweep) -> str:
    rates = list(sweep.losses)
    return f"{rates[0]:g}" if len(rates) == 1 else f"{min(rates):g} to {max(rates):g}"


@dataclass(frozen=True)
class Stuck:
    """A learning rate whose first update saturates the outputs, so that the loss stays where that took it."""

    rate: float
    ceiling: float
    """The loss with outputs of exactly 0 or 1."""
    explanation: str
    """What happens, with the numbers of the network after the first update."""


def stuck(sweep: Sweep) -> Stuck | None:
    """Return what happens at the largest rate at which the loss is stuck, or None if there is none."""
    rates = [rate for rate, losses in sweep.losses.items() if len(losses) > 2 and _stays(losses)]
    if not rates:
        return None
    rate, example = max(rates), sweep.example
    net = example.network()
    history = example.train(net, lr=rate, epochs=1, progress=False)
    done, _ = example.forward(net)
    neurons = []
    for total, active in zip(done.sums[-1], done.outputs, strict=True):
        if active.op is not ops.sigmoid or _slope(active) > 1e-3:
            return None
        neurons.append(
            f"{active.label} = σ({number(total.data)}) = {number(active.data, 4)}, slope {number(_slope(active), 4)}"
        )
    ends = [float(active.data > 0.5) for active in done.outputs]
    ceiling = sum(0.5 * (t - end) ** 2 for t, end in zip(example.targets, ends, strict=True))
    losses = sweep.losses[rate]
    explanation = (
        f"At {rate:g} the first update overshoots and saturates the outputs: {'; '.join(neurons)}. Every gradient has "
        "such a slope as a factor, so that all are nearly 0 and later updates change next to nothing. "
        f"E_total goes from {history[0]['E_total']:.6g} to {history[1]['E_total']:.10g} in the first update, and is "
        f"{losses[-1]:.10g} after {len(losses) - 1:,} epochs. "
        f"The ceiling {ceiling:g} is the loss with outputs of exactly {' and '.join(f'{end:g}' for end in ends)}."
    )
    return Stuck(rate, ceiling, explanation)


def _stays(losses: Sequence[float]) -> bool:
    """Whether the first update made the loss worse, and the others left it there."""
    return losses[1] > losses[0] and abs(losses[-1] - losses[1]) <= 0.01 * losses[1]


def _slope(active: Value) -> float:
    """The slope of a sigmoid at a node: the local derivative in the table of operations."""
    assert active.op is not None
    return float(active.op.partials(active.data, active.parents[0].data))
