"""The spreadsheet of ERA session 6: its printed numbers and learning rates, and the mistake in its formulas."""

from collections.abc import Mapping

from autograd_lite.engine.derivatives import grad
from autograd_lite.engine.value import Value
from autograd_lite.examples.published import Erratum, NetworkExample, printed, printed_gradients
from autograd_lite.nn import Network, Pass
from autograd_lite.optim import descent

__all__ = ["HIGH_RATES", "LOW_RATES", "era_s6"]

LOW_RATES = (0.1, 0.2, 0.5, 0.8, 1.0, 2.0, 5.0, 10.0, 30.0)
"""Learning rates of the first published chart of the ERA session 6 assignment."""
HIGH_RATES = (30.0, 50.0, 100.0, 300.0, 500.0, 600.0, 1000.0)
"""Learning rates of the second."""


def _sheet_gradients(row: Mapping[str, float]) -> dict[str, float]:
    """The sheet's cells for w3 and w4: a_h1 * (1 - a_h1) where the derivative of a_h2 is due."""
    wrong_slope = row["a_h1"] * (1.0 - row["a_h1"])
    return {f"dE_total/d{w}": row["dE_total/da_h2"] * wrong_slope * row[i] for w, i in (("w3", "i1"), ("w4", "i2"))}


def _sheet_updates(net: Network, done: Pass, root: Value, lr: float) -> dict[Value, Value]:
    """The sheet's updates: those of w3 and w4 by its wrong cells."""
    right, wrong = done.activations[0][0], grad(root, done.activations[0][1])
    wrong_slope = right * (1.0 - right)
    updates = descent(root, net.weights, lr)
    pairs = zip(net.layers[0].weights[1], done.inputs, strict=True)
    return updates | {w: w - lr * (wrong * wrong_slope * x) for w, x in pairs}


def era_s6() -> NetworkExample:
    """The spreadsheet of The School of AI's ERA course, session 6: 2-2-2, sigmoid, no biases, 67 epochs."""
    data = {"t1": "0.5", "t2": "0.5", "i1": "0.05", "i2": "0.1"}
    return NetworkExample(
        name="era-s6",
        title="ERA session 6: backpropagation in a spreadsheet",
        source="The School of AI, ERA course, session 6 assignment, part 1: the spreadsheet Simple BackProp, 2023",
        inputs=(0.05, 0.1),
        targets=(0.5, 0.5),
        weights=(0.15, 0.2, 0.25, 0.3, 0.4, 0.45, 0.5, 0.55),
        biases="none",
        bias_values=(),
        lr=1.0,
        epochs=67,
        published=(
            *printed(**data, h1="0.0275", a_h1="0.5068745668", h2="0.0425", a_h2="0.510623401"),
            *printed(o1="0.4325303572", a_o1="0.6064777322", o2="0.5342801539", a_o2="0.6304808355"),
            *printed(E1="0.005668753728", E2="0.00851262421", E_total="0.01418137794"),
            *printed_gradients(
                "0.0003169933959 0.0006339867918 0.0003518686651 0.0007037373303 "
                "0.01288081863 0.01297608491 0.01540834828 0.01552230812"
            ),
            *printed(67, w1="0.1448822851", w2="0.1897645702", w3="0.2438810421", w4="0.2877620842"),
            *printed(67, w5="0.0248987513", w6="0.07214619963", w7="0.03771019018", w8="0.08431807217"),
            *printed(67, a_o1="0.5123536203", a_o2="0.515526213", E_total="0.0001968376124"),
        ),
        errata=(
            Erratum(
                "The cells of ∂E/∂w3 and ∂E/∂w4 use the wrong activation",
                "The sheet's written derivation has a_h2 * (1 - a_h2), rightly; its cell formulas have "
                "a_h1 * (1 - a_h1). Making that mistake on purpose gives the cells' numbers, and with them those of "
                "every later row; the difference is small because both activations are near 0.51.",
                frozenset(
                    {
                        *((0, name) for name in ("dE_total/dw3", "dE_total/dw4")),
                        *((67, name) for name in ("a_o1", "a_o2", "E_total", *(f"w{k}" for k in range(1, 9)))),
                    }
                ),
            ),
        ),
        mistaken_updates=_sheet_updates,
        mistaken_gradients=_sheet_gradients,
    )
