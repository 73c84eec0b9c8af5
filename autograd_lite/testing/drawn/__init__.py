"""What hypothesis draws: points, graphs and networks, which print as the code that makes them again."""

from autograd_lite.testing.drawn.problem import Problem
from autograd_lite.testing.drawn.recipe import Built, Graph

__all__ = ["Built", "Graph", "Problem"]
