"""Rows of reports and explanations as HTML: claims, mistakes, slopes, factors, paths and steps."""

import html

from autograd_lite.audit.claims import Claim
from autograd_lite.audit.mistakes.candidates import Mistake
from autograd_lite.displays.parts import ends, exact, facts, name, text
from autograd_lite.explanation.backward import Step
from autograd_lite.explanation.factors import Factor, Path
from autograd_lite.testing.gradients.differences import Slope
from autograd_lite.testing.gradients.report import CheckedSlope
from autograd_lite.text.layout import number, page, signed, web_table
from autograd_lite.text.python import visible
from autograd_lite.text.web import as_html

__all__ = ["checked", "claim", "factor", "mistake", "path", "slope", "step"]


def claim(row: Claim) -> str:
    """Return what was claimed, and what is the case."""
    known = {
        "claimed": text(str(row.claimed)) if row.claimed is not None else "—",
        "gradient": exact(row.gradient) if row.gradient is not None else "—",
        "verdict": text(row.verdict),
        "note": text(row.note) if row.note else "",
        "may be": "<br/>".join(text(one.text) for one in row.mistakes[:3]),
        "right": f"<code>{text(row.formula)}</code>" if row.formula else "",
    }
    return facts(name(row.name), known)


def mistake(one: Mistake) -> str:
    """Return a mistake in words, and the claim without it."""
    known = {"kind": text(one.kind), "put right": f"<code>{text(one.repaired)}</code>" if one.repaired else ""}
    return facts(text(one.text), known)


def checked(one: CheckedSlope) -> str:
    """Return an entry of a gradient beside what differences give."""
    known = {
        "at": exact(one.at),
        "got": exact(one.got),
        "by differences": f"{exact(one.expected)} ± {exact(one.uncertainty)}",
        "slopes of the sides": f"{exact(one.between[0])} to {exact(one.between[1])}" if one.between else "",
        "verdict": text(one.verdict),
        "note": text(one.note) if one.note else "",
    }
    return facts(name(one.symbol), known)


def slope(found: Slope) -> str:
    """Return a slope by differences."""
    known = {"slope": exact(found.value), "estimated error": exact(found.error), "first step": exact(found.step)}
    return facts("Slope by differences", known)


def factor(one: Factor) -> str:
    """Return a local derivative: symbol, formula, number."""
    return page(web_table(("local derivative", "formula", "value"), [_factor(one)], "llr"))


def _factor(one: Factor) -> list[str]:
    return [name(one.symbol), as_html(one.written("mathml")) or "…", number(one.value)]


def path(way: Path) -> str:
    """Return the factors of a path, and their product."""
    rows = [*ends([_factor(one) for one in way.factors]), ["product", "", signed(way.product)]]
    return page(web_table(("local derivative", "formula", "value"), rows, "llr"))


def step(one: Step) -> str:
    """Return the gradient of one quantity, with symbols and with numbers."""
    rows = [[as_html(one.written("mathml")), html.escape(visible(one.numbers()))]]
    return page(web_table(("gradient", "in numbers"), rows, "lr"))
