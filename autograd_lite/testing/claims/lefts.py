"""What stands left of the equals sign of a claim: whose derivative it says that the rest is."""

import re
from collections.abc import Mapping, Sequence

from autograd_lite.testing.claims.equations import is_quotient
from autograd_lite.testing.claims.functions import CONSTANTS, FUNCTIONS, SIGNS
from autograd_lite.testing.claims.tokens import RAISED, FormulaError, Token, brief, compact, nearest
from autograd_lite.text.expression import Derivative
from autograd_lite.text.formulas import notation

__all__ = ["is_heading"]


def is_heading(left: Sequence[Token], names: Mapping[str, str], root: str, row: str) -> bool:
    """Whether a left side only says what the claim is of: the row's derivative or name, or a name that is new.

    Otherwise it is a formula, which has to be judged as the right side is. Names are those of the result and of the
    row. Raises `FormulaError` for the derivative of something else.
    """
    pieces = [token.text for token in _without_arguments(left, names)]
    if is_quotient(left) and not all(x in names for x in (pieces[0], pieces[2])):
        return _is_of(pieces[0][1:], pieces[2][1:], "".join(pieces), names, root, row)
    if len(pieces) != 1 or left[0].kind not in {"name", "derivative"}:
        return False
    text = compact(pieces[0])
    if text in names:
        return names[text] == row
    if left[0].kind == "derivative":
        of, wrt = text.removeprefix("∂").split("/∂", 1)
        return "/∂" in wrt or "∂" in wrt or of[0] in RAISED or _is_of(of, wrt, text, names, root, row)
    return text == _word(root, row) or (text not in CONSTANTS and _is_name(text, names, root, row))


def _word(root: str, row: str) -> str:
    """The row's derivative as formula() prints it in Python."""
    name = Derivative(root, (row,))
    return str(notation("python").names([name])[name].text)


def _without_arguments(left: Sequence[Token], names: Mapping[str, str]) -> Sequence[Token]:
    """The name f of f(x, y), if that is new."""
    if len(left) < 4 or left[0].kind != "name" or left[1].text != "(" or left[-1].text != ")":
        return left
    named = all(token.kind == "name" or token.text == "," for token in left[2:-1])
    new = left[0].text not in {*names, *FUNCTIONS, *SIGNS} and left[0].text.rstrip("'") not in FUNCTIONS
    return left[:1] if named and new else left


def _is_name(text: str, names: Mapping[str, str], root: str, row: str) -> bool:
    """Whether a name that no quantity has may stand for the gradient: g, or dy_dx, dx, x.grad, y'."""
    for at in (match.start() for match in re.finditer("_d", text)):
        of, wrt = text[1:at], text[at + 2 :]
        # words that formula() makes of other labels tell nothing
        known = names.get(wrt) == wrt and (names.get(of) == of or (of not in names and root.startswith(of)))
        if text[0] in "d∂" and known:
            return _is_of(of, wrt, text, names, root, row)
    for wrt in (text.removesuffix(".grad"), text.removeprefix("d"), text.removeprefix("grad_")):
        if wrt != text and wrt in names:
            return _is_of("", wrt, text, names, root, row)
    of = text.rstrip("'")
    if of != text and of in names and names[of] != root:
        raise FormulaError(f"left of the equals sign stands {brief(text)}, the slope of something else")
    return True


def _is_of(of: str, wrt: str, text: str, names: Mapping[str, str], root: str, row: str) -> bool:
    """Whether the derivative of one thing along another is that of the row; either may have a name that is new."""
    start = f"left of the equals sign stands {brief(text)}"
    if names.get(of, root) != root:
        raise FormulaError(f"{start}, but the result is {brief(root)}, not {brief(of)}")
    if wrt in names and names[wrt] != row:
        raise FormulaError(f"{start}: this is the row of {brief(wrt)}")
    if of in names and wrt not in names:
        raise FormulaError(f"{start}, and {brief(wrt)} is not known; {nearest(wrt, names)}")
    return True
