"""Published worked examples: their numbers as printed, checked against ours, and what is wrong with some of them."""

from collections.abc import Callable

from autograd_lite.examples.era_s6 import HIGH_RATES, LOW_RATES, era_s6
from autograd_lite.examples.expressions import (
    baydin,
    cs231n_circuit,
    cs231n_neuron,
    karpathy_expression,
    karpathy_neuron,
    micrograd_readme,
    micrograd_sanity,
    speelpenning,
)
from autograd_lite.examples.mazur import mazur
from autograd_lite.examples.published import Check, Erratum, NetworkExample, Published, ScalarExample, Sweep, sweep

__all__ = [
    "EXAMPLES",
    "HIGH_RATES",
    "LOW_RATES",
    "Check",
    "Erratum",
    "NetworkExample",
    "Published",
    "ScalarExample",
    "Sweep",
    "baydin",
    "cs231n_circuit",
    "cs231n_neuron",
    "era_s6",
    "karpathy_expression",
    "karpathy_neuron",
    "mazur",
    "micrograd_readme",
    "micrograd_sanity",
    "speelpenning",
    "sweep",
]

EXAMPLES: dict[str, Callable[[], NetworkExample | ScalarExample]] = {
    "mazur": mazur,
    "era-s6": era_s6,
    "baydin": baydin,
    "speelpenning": speelpenning,
    "cs231n-circuit": cs231n_circuit,
    "cs231n-neuron": cs231n_neuron,
    "micrograd-readme": micrograd_readme,
    "micrograd-sanity": micrograd_sanity,
    "karpathy-expression": karpathy_expression,
    "karpathy-neuron": karpathy_neuron,
}
"""All of them, by the name that the command line takes."""
