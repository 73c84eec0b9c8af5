"""The negative control of a check: which errors of a gradient it would have found, established by making them."""

import math
from collections.abc import Sequence
from dataclasses import replace

from autograd_lite.testing.gradients.judge import Judge
from autograd_lite.testing.gradients.number_text import uncertainty
from autograd_lite.testing.gradients.parts import Entries
from autograd_lite.testing.gradients.report import CheckedSlope
from autograd_lite.testing.gradients.subject import Subject
from autograd_lite.testing.gradients.verdicts import Verdict
from autograd_lite.text.python import visible

__all__ = ["control_text", "controlled"]

ROUNDS = 6  # so many errors are made, each eight times the one before
SHARP = 1e-7
"""Errors above this part of the slope are told by themselves."""


def least(slope: CheckedSlope, rtol: float) -> float:
    """Return the smallest error that should be found: the two uncertainties, of the slope that passes and of its own.

    NaN where any number between two passes, and where the differences of the whole say nothing.
    """
    if slope.verdict != Verdict.CONFIRMED or not math.isfinite(slope.got):
        return math.nan
    return 2.0 * slope.uncertainty + rtol * abs(slope.expected)


def controlled(subject: Subject, rtol: float, value: float, slopes: Sequence[CheckedSlope]) -> list[CheckedSlope]:
    """Return the slopes with the smallest error of each that is found, with either sign, when it is made.

    The whole check runs again on gradients that are off. An error that is not found, or not told to be one, makes place
    for larger ones; infinite if none is found.
    """
    place = {name: k for k, name in enumerate(subject.names)}
    due = [i for i, slope in enumerate(slopes) if slope.wrt[0] in place and not math.isnan(least(slope, rtol))]
    due = [i for i in due if len(slopes[i].wrt) == 1]
    entries = Entries(subject, [place[slopes[i].wrt[0]] for i in due])
    errors = [max(least(slopes[i], rtol), math.ulp(slopes[i].got)) for i in due]
    missed = set(range(len(due)))
    for _ in range(ROUNDS if due else 0):
        found = set(missed)
        for sign in (1.0, -1.0):
            off = [slopes[i].got + sign * errors[k] * (k in missed) for k, i in enumerate(due)]
            judged = Judge(entries, rtol, value).first_order(off)
            found &= {k for k in missed if judged[k].verdict == Verdict.WRONG}
        missed -= found
        if not missed:
            break
        errors = [error * 8.0 if k in missed else error for k, error in enumerate(errors)]
    result = list(slopes)
    for k, i in enumerate(due):
        result[i] = replace(slopes[i], found_above=math.inf if k in missed else errors[k])
    return result


def control_text(slopes: Sequence[CheckedSlope], rtol: float) -> str:
    """Return which errors were found, or would be by the uncertainties, in a sentence; empty if nothing can be said.

    Errors are told as parts of the slope, the largest for all entries; where that is large, as for slopes of 0, they
    are told as numbers.
    """
    tried = [(slope, slope.found_above) for slope in slopes if slope.found_above is not None]
    start = "Wrong gradients were tried too: errors" if tried else "By the uncertainties, errors"
    due = tried or [(s, error) for s in slopes if not s.along and not math.isnan(error := least(s, rtol))]
    parts = [error / abs(slope.got) for slope, error in due if error <= SHARP * abs(slope.got)]
    others = sorted(((e, s.symbol) for s, e in due if not e <= SHARP * abs(s.got)), reverse=True)
    singly = " of those checked singly" if any(slope.along for slope in slopes) else ""
    told = [f"above {uncertainty(max(parts))} of {'the' if len(due) == 1 else 'a'} slope{singly}"] if parts else []
    if others:
        more = len(others) - 1
        beside = {0: "", 1: " and 1 other that is small or 0"}.get(more, f" and {more} others that are small or 0")
        told.append(f"above {uncertainty(others[0][0])} in {visible(others[0][1])}{beside}")
    ending = "were found" if tried else "would have been found"
    return f"{start} {' and '.join(told)} {ending}." if told else ""
