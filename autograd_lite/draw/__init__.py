"""Drawing a graph: every operation, a network, or the way of the gradient to one weight."""

from autograd_lite.draw.diagram import Diagram
from autograd_lite.draw.engines import EngineError, EngineNotFoundError, EngineTimeoutError, FormatError
from autograd_lite.draw.gradient import gradient
from autograd_lite.draw.graph import TooLargeError, graph
from autograd_lite.draw.network import network

__all__ = [
    "Diagram",
    "EngineError",
    "EngineNotFoundError",
    "EngineTimeoutError",
    "FormatError",
    "TooLargeError",
    "gradient",
    "graph",
    "network",
]
