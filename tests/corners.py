"""The corners of the policy: what is recommended at each, and whether a number is that."""

import json
import math
from pathlib import Path

__all__ = ["POLICY", "agrees"]

POLICY = json.loads((Path(__file__).parent / "policy.json").read_text(encoding="utf-8"))


def agrees(got, wanted):
    """Whether a number is what a cell says: a word, or six digits; the sign of a zero counts where it is printed."""
    match wanted:
        case "any":
            return True
        case "nonfinite":
            return not math.isfinite(got)
        case "nonnan":
            return not math.isnan(got)
        case "0":
            return got == 0.0
        case _:
            return f"{got:g}" == wanted
