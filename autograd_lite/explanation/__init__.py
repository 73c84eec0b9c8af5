"""Why a gradient is what it is: the paths to one node, and the whole backward pass, worked out."""

from autograd_lite.explanation.backward import BackwardPass
from autograd_lite.explanation.derivative import Explanation, explain
from autograd_lite.explanation.factors import Factor, Path

__all__ = ["BackwardPass", "Explanation", "Factor", "Path", "explain"]
