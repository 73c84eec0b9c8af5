"""Why a gradient is what it is: the paths to one node, and the whole backward pass, worked out."""

from autograd_lite.explanation.backward import BackwardPass
from autograd_lite.explanation.derivative import Explanation, explain
from autograd_lite.explanation.factors import Factor, Path
from autograd_lite.explanation.layerwise import Equation, LayerwisePass

__all__ = ["BackwardPass", "Equation", "Explanation", "Factor", "LayerwisePass", "Path", "explain"]
