"""What the typeset notations, LaTeX and MathML, have in common: names that are told apart, and numbers."""

from collections.abc import Callable, Iterable, MutableMapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import count

from autograd_lite.text.expression import Derivative, exact
from autograd_lite.text.indexed import taken_apart
from autograd_lite.text.notation import CALL, POWER, Written, fraction
from autograd_lite.text.python import decimal

__all__ = ["Signs", "distinct", "numbers"]


def distinct(
    names: Iterable[str | Derivative],
    written: Callable[[str | Derivative], str],
    verbatim: Callable[[str], str],
    again: Callable[[str, int], str],
    used: MutableMapping[str, None],
    taken: Iterable[str],
) -> dict[str | Derivative, Written]:
    """Return how names are written, each in another way, though w1 and w_1 look the same.

    Args:
        names: labels and derivatives; the first come first.
        written: how one is written.
        verbatim: how a label is written that would look like another, as it stands.
        again: how a text is written that is still taken, with a number.
        used: the texts of other names, to which these are added.
        taken: what stands for something else, such as Euler's number.
    """
    texts: dict[str | Derivative, Written] = {}
    used.update(dict.fromkeys(taken))
    for name in names:
        text = written(name)
        if text in used and isinstance(name, str):
            text = verbatim(name)
            if text in used:
                text = next(other for k in count(2) if (other := again(text, k)) not in used)
        used[text] = None
        raised = isinstance(name, Derivative) or taken_apart(name) is not None
        texts[name] = Written(text, POWER if raised else CALL)  # a power of it takes brackets
    return texts


@dataclass(frozen=True)
class Signs:
    """How a notation writes the parts of a number; `digits`, `fraction` and `power` (of ten) are templates."""

    nan: str
    infinity: str
    minus: str
    times: str
    digits: str
    fraction: str
    power: str


def numbers(signs: Signs) -> Callable[[Fraction | float], Written]:
    """Return the function that writes numbers with these signs."""

    def number(x: Fraction | float) -> Written:
        x = exact(x) if isinstance(x, float) else x
        if x != x:  # noqa: PLR0124  (NaN is not equal to itself)
            return Written(signs.nan)
        if x < 0:
            positive = number(-x)
            return Written(f"{signs.minus}{positive.text}", min(3, positive.binds), opposite=positive)
        if isinstance(x, float):
            return Written(signs.infinity)
        if fraction(x):
            return Written(signs.fraction.format(x.numerator, x.denominator), 4)
        digits, _, exponent = decimal(x).partition("e")
        if not exponent:
            return Written(signs.digits.format(digits))
        power = signs.power.format(int(exponent))
        return Written(power, 4) if digits == "1" else Written(signs.digits.format(digits) + signs.times + power, 2)

    return number
