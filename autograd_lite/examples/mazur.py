"""Mazur's step-by-step example: its printed numbers, and the mistake that explains those that are wrong."""

from autograd_lite.engine.derivatives import grad
from autograd_lite.engine.value import Value
from autograd_lite.examples.published import Erratum, NetworkExample, Published, printed, printed_gradients
from autograd_lite.nn import Network, Pass
from autograd_lite.optim import descent

__all__ = ["mazur"]


def _staggered_updates(net: Network, done: Pass, root: Value, lr: float) -> dict[Value, Value]:
    """Update the output weights, and the hidden ones with errors that come back through the updated output weights."""
    first, last = net.layers
    updates = descent(root, [w for row in last.weights for w in row], lr)
    deltas = grad(root, done.sums[-1])
    for j, (activation, row) in enumerate(zip(done.activations[0], first.weights, strict=True)):
        error = deltas[0] * updates[last.weights[0][j]]
        for delta, weights in zip(deltas[1:], last.weights[1:], strict=True):
            error = error + delta * updates[weights[j]]
        updates |= {w: w - lr * (error * slope) for w, slope in zip(row, grad(activation, row), strict=True)}
    return updates


def mazur() -> NetworkExample:
    """Matt Mazur's step-by-step example: 2-2-2, sigmoid, one fixed bias per layer."""
    return NetworkExample(
        name="mazur",
        title="Mazur: a step by step backpropagation example",
        source="Matt Mazur, A Step by Step Backpropagation Example, 17 March 2015, mattmazur.com",
        url="https://mattmazur.com/2015/03/17/a-step-by-step-backpropagation-example/",
        inputs=(0.05, 0.1),
        targets=(0.01, 0.99),
        weights=(0.15, 0.2, 0.25, 0.3, 0.4, 0.45, 0.5, 0.55),
        biases="layer",
        bias_values=(0.35, 0.6),
        lr=0.5,
        epochs=10_000,
        published=(
            *printed(h1="0.3775", a_h1="0.593269992", a_h2="0.596884378", o1="1.105905967"),
            *printed(a_o1="0.75136507", a_o2="0.772928465", E1="0.274811083", E2="0.023560026"),
            *printed(E_total="0.298371109"),
            *printed_gradients(
                "0.000438568 0.000877135 0.000497713 0.000995425 0.082167041 0.082667628 -0.02260254 -0.022740242"
            ),
            *printed(1, w1="0.149780716", w2="0.199561432", w3="0.249751144", w4="0.299502287"),
            *printed(1, w5="0.35891648", w6="0.408666186", w7="0.51130127", w8="0.561370121"),
            *printed(1, E_total="0.291027924"),
            Published("E_total", "0.0000351085", 10_000),
            *printed(10_000, E_total="0.000035085", a_o1="0.015912196", a_o2="0.984065734"),
        ),
        errata=(
            Erratum(
                "The later losses are not those of gradient descent",
                "The text says that the hidden weights are updated with the original output weights. The program that "
                "gave the printed loss after 1 epoch, and everything after 10,000, updates w5 to w8 first, and then "
                "computes the hidden neurons' errors with the updated w5 to w8. Making that mistake on purpose gives "
                "the printed numbers; 0.0000351085 is besides a misprint of 0.000035085.",
                frozenset({(1, "E_total"), *((10_000, name) for name in ("E_total", "a_o1", "a_o2"))}),
                {"0.0000351085": "0.000035085"},
            ),
        ),
        mistaken_updates=_staggered_updates,
    )
