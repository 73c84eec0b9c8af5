"""A gradient checked at a point: reverse mode, or one written by hand, against differences."""

from autograd_lite.testing.gradients.assertion import assert_gradient
from autograd_lite.testing.gradients.check import CheckedSlope, GradientError, GradientReport, check_gradient
from autograd_lite.testing.gradients.differences import Slope, central_difference

__all__ = [
    "CheckedSlope",
    "GradientError",
    "GradientReport",
    "Slope",
    "assert_gradient",
    "central_difference",
    "check_gradient",
]
