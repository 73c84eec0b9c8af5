"""The negative control of a check: which errors of a slope the same differences would have found, by trying them."""

import math
import sys
from collections.abc import Callable, Sequence

from autograd_lite.testing.gradients.number_text import uncertainty
from autograd_lite.text.python import visible

__all__ = ["control_text", "least_found"]

FACTORS = tuple(2.0 * 4.0**k for k in range(12))
"""So many times the uncertainty are the errors that are tried."""
SHARP = 1e-7
"""Errors above this part of the slope are told by themselves."""


def least_found(wrong: Callable[[float], bool], claimed: float, uncertainty: float) -> float:
    """Return the smallest error, of those tried, with which a slope is told to be wrong; infinite if none is.

    `wrong` tells whether a number in the place of the slope is. An error counts as found if it is with either sign.
    """
    if not math.isfinite(claimed):
        return math.nan
    unit = max(uncertainty, math.ulp(claimed), sys.float_info.min)
    return next((unit * k for k in FACTORS if wrong(claimed + unit * k) and wrong(claimed - unit * k)), math.inf)


def control_text(tried: Sequence[tuple[str, float, float]], where: str = "") -> str:
    """Return what the control says, in a sentence; empty if nothing was tried.

    `tried` has for each entry its symbol, its slope, and the smallest error found. Errors are told as parts of the
    slope, the largest for all entries; where that is large, as for slopes of 0, they are told as numbers. `where` says
    of which entries.
    """
    tried = [row for row in tried if not math.isnan(row[2])]
    parts = [least / abs(slope) for _, slope, least in tried if least <= SHARP * abs(slope)]
    others = sorted((row for row in tried if not row[2] <= SHARP * abs(row[1])), key=lambda row: -row[2])
    told = [f"above {uncertainty(max(parts))} of {'the' if len(tried) == 1 else 'a'} slope{where}"] if parts else []
    if others:
        told.append(
            f"above {uncertainty(others[0][2])} in {visible(others[0][0])}"
            + {1: "", 2: " and 1 other that is small or 0"}.get(
                len(others), f" and {len(others) - 1} others that are small or 0"
            )
        )
    return f"Wrong slopes were tried too: errors {' and '.join(told)} would have been found." if told else ""
