"""What hypothesis draws: points, graphs and networks, which print as the code that makes them again."""

from autograd_lite.testing.strategies.problem import Problem
from autograd_lite.testing.strategies.recipe import Built, Graph

__all__ = ["Built", "Graph", "Problem"]
