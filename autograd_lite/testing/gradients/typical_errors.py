"""What a wrong slope looks like: another sign, a factor too much, the slope along another input."""

import math
from collections.abc import Sequence
from dataclasses import replace

from autograd_lite.testing.gradients.verdicts import Finding, Verdict

__all__ = ["with_typical_errors"]

SHARP = 1e-6  # nothing is likened to a slope of which less is known, relative to it
FACTORS = {
    -1.0: "it has the other sign",
    2.0: "it is twice the slope",
    0.5: "it is half the slope",
    -2.0: "it is twice the slope, with the other sign",
    -0.5: "it is half the slope, with the other sign",
    3.0: "it is three times the slope",
    1.0 / 3.0: "it is a third of the slope",
}


def with_typical_errors(findings: Sequence[Finding], claimed: Sequence[float], symbols: Sequence[str]) -> list[Finding]:
    """Add to the notes of wrong slopes what they look like, if it is plain."""
    return [
        replace(finding, note="; or ".join(filter(None, (finding.note, *_alike(k, findings, claimed[k], symbols)))))
        if finding.verdict == Verdict.WRONG
        else finding
        for k, finding in enumerate(findings)
    ]


def _alike(k: int, findings: Sequence[Finding], claimed: float, symbols: Sequence[str]) -> list[str]:
    by_factor = [
        text
        for factor, text in FACTORS.items()
        if _sharp(findings[k]) and _near(claimed, factor * findings[k].expected)
    ]
    others = (j for j, other in enumerate(findings) if j != k and _sharp(other) and _near(claimed, other.expected))
    return [*by_factor, *(f"it is {symbols[j]}" for j in others)][:2]


def _sharp(finding: Finding) -> bool:
    return math.isfinite(finding.expected) and finding.uncertainty < SHARP * abs(finding.expected)


def _near(x: float, y: float) -> bool:
    return math.isclose(x, y, rel_tol=SHARP)
