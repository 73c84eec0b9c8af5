"""Formulas that are right at one point alone: a number in them was rounded, or stands for a name."""

import math
from collections.abc import Sequence
from itertools import product

from autograd_lite.audit.mistakes.edits import name_text
from autograd_lite.audit.notation.trees import build, operands_first, replaced
from autograd_lite.audit.places.comparing import compare, is_told
from autograd_lite.audit.places.points import Place, Setting
from autograd_lite.audit.places.rounded import half_unit
from autograd_lite.engine.graph import adjoints
from autograd_lite.engine.value import Value
from autograd_lite.text.expression import Expr, Name, Number

__all__ = ["is_rounded", "pasted"]

ROUNDED = 8
"""So many numbers are tried."""
NEWTON = 4
"""Steps to find the number that was rounded: each doubles the digits, of which there are three at least."""
PASTED = 64
"""Ways to put names in the place of numbers that are tried."""


def is_rounded(setting: Setting, place: Place, wrt: Value, tree: Expr) -> bool:
    """Whether a formula is right at every point near by if one number in it has all its digits, found at a point."""
    claim, numbers = build(operands_first(tree), place.named)
    slopes = adjoints(claim)
    missing = place.slope(wrt) - claim.data
    near = [
        part
        for part, leaf in numbers
        if (half := half_unit(part)) and abs(missing) <= 2.0 * half * abs(slopes.get(leaf, 0.0))
    ]
    return any(_is_this_rounded(setting, place, wrt, tree, part) for part in near[:ROUNDED])


def _is_this_rounded(setting: Setting, place: Place, wrt: Value, tree: Expr, number: Number) -> bool:
    gradient = place.slope(wrt)
    exact = number
    for _ in range(NEWTON):
        node, numbers = build(operands_first(replaced(tree, {number: exact})), place.named)
        slope = sum(adjoints(node).get(leaf, 0.0) for part, leaf in numbers if part is exact)
        if not slope or not math.isfinite(slope):
            return False
        exact = Number(float(exact.value) + (gradient - node.data) / slope)
    x = float(number.value)
    close = abs(float(exact.value) - x) <= half_unit(number) + 1e-12 * abs(x)
    return close and _right_everywhere(setting, wrt, replaced(tree, {number: exact}))


def pasted(setting: Setting, wrt: Value, tree: Expr, also: Sequence[Place] = ()) -> str:
    """Which numbers in the formula stand where names belong: with these it is right everywhere."""
    options: list[list[tuple[Number, str]]] = []
    for part in operands_first(tree):
        if isinstance(part, Number):
            x = float(part.value)
            half = max(half_unit(part), 1e-12 * abs(x))
            names = [n for node, n in setting.names.items() if node.label and abs(node.data - x) <= half]
            if names:
                options.append([(part, name) for name in names])
    if not options or math.prod(len(some) + 1 for some in options) > PASTED:
        return ""
    # numbers that have to be names come before those that may stay
    for choice in sorted(
        product(*([None, *some] for some in options)), key=lambda some: sum(x is not None for x in some)
    ):
        chosen = [x for x in choice if x is not None]
        if chosen and _right_everywhere(
            setting, wrt, replaced(tree, {part: Name(name) for part, name in chosen}), also
        ):
            said = ", ".join(f"{float(part.value):.12g} for {name_text(name)}" for part, name in chosen)
            return (
                f"numbers stand where names belong: {said}"
                if len(chosen) > 1
                else f"the number {said.replace(' for', ' stands for')}"
            )
    return ""


def _right_everywhere(setting: Setting, wrt: Value, tree: Expr, also: Sequence[Place] = ()) -> bool:
    order = operands_first(tree)
    found = [compare(place, wrt, build(order, place.named)[0]) for place in (setting.here, *setting.nearby, *also)]
    return len(found) > 1 and all(x.agrees is not False for x in found) and is_told(found)
