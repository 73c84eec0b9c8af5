"""What hypothesis draws: points, graphs and networks, which print as the code that makes them again."""

from autograd_lite.testing.strategies.graph_code import Built, Graph
from autograd_lite.testing.strategies.problem import Problem

__all__ = ["Built", "Graph", "Problem"]
