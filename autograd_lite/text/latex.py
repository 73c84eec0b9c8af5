"""Formulas as LaTeX mathematics, for papers, MathJax and KaTeX."""

import re
import unicodedata
from collections.abc import Iterable, MutableMapping, Sequence

from autograd_lite.engine.ops import Op
from autograd_lite.text.expression import Derivative
from autograd_lite.text.indexed import taken_apart
from autograd_lite.text.notation import CALL, LOOSE, POWER, PRODUCT, SIGN, SUM, Notation, Row, Written, called
from autograd_lite.text.typeset import Signs, distinct, numbers

__all__ = ["LATEX", "Subscripted", "latex_name", "subscripted"]

SPECIAL = {
    "\\": r"{\backslash}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#", "%": r"\%", "_": r"\_",
    "^": r"{\wedge}", "~": r"{\sim}", "<": "{<}", ">": "{>}", "|": r"{\vert}", '"': r"{''}", "`": r"{`}",
    "∂": r"\partial ",
}  # fmt: skip
"""What means something to TeX, as mathematics that LaTeX, MathJax and KaTeX all know."""
CAPITALS = {"GAMMA", "DELTA", "THETA", "LAMBDA", "XI", "PI", "SIGMA", "UPSILON", "PHI", "PSI", "OMEGA"}

Subscripted = tuple[str, tuple[str, ...], str]
"""A label taken apart: "a_h2_3[0]" is a, with the subscripts h2 and 3, and then [0]."""
_LABEL = re.compile(r"([A-Za-zΑ-Ωα-ω]+?)(\d*)((?:_[A-Za-z0-9Α-Ωα-ω]+)*)((?:\[\w+\])?)", re.ASCII)


def subscripted(label: str) -> Subscripted | None:
    """Take a label apart that is a word with numbers or words as subscripts, such as w5, a_h1; None for others."""
    match = _LABEL.fullmatch(label)
    if match is None:
        return None
    head, digits, below, after = match.groups()
    return head, tuple(part for part in (digits, *below.split("_")) if part), after


def latex_name(name: str | Derivative) -> str:
    """Return a label as LaTeX: a_h1 with a subscript, w₁₁⁽²⁾ with both, Greek letters, other text as it stands."""
    if isinstance(name, Derivative):
        order = f"^{{{len(name.wrt)}}}" if len(name.wrt) > 1 else ""
        if order and len(set(name.wrt)) == 1:
            under = rf"\partial {{{latex_name(name.wrt[0])}}}{order}"
        else:
            under = r" \, ".join(rf"\partial {latex_name(x)}" for x in name.wrt)
        return rf"\frac{{\partial{order} {latex_name(name.of)}}}{{{under}}}"
    if (in_layer := taken_apart(name)) is not None:
        letter, below, layer, after = in_layer
        return f"{_letter(letter)}{f'_{{{below}}}' if below else ''}^{{({layer})}}{after}"
    word = subscripted(name)
    if word is None:
        return _verbatim(name)
    head, indices, after = word
    text = _word(head)
    if indices:
        text += "_{" + ",".join(_index(part) for part in indices) + "}"
    return text + after


def _word(letters: str) -> str:
    return _letter(letters) if len(letters) == 1 else rf"\mathrm{{{''.join(map(_letter, letters))}}}"


def _index(part: str) -> str:
    """A subscript: h1 in italics, longer words upright."""
    return "".join(map(_letter, part)) if len(part.rstrip("0123456789")) < 2 else rf"\mathrm{{{_letters(part)}}}"


def _letters(part: str) -> str:
    return "".join(map(_letter, part))


def _letter(c: str) -> str:
    if c.isascii():
        return c
    case, name = re.fullmatch(r"GREEK (SMALL|CAPITAL) LETTER ([A-Z ]+)", unicodedata.name(c)).groups()  # type: ignore[union-attr]
    if name == "FINAL SIGMA":
        return r"\varsigma "
    if case == "SMALL":
        return "o" if name == "OMICRON" else "\\" + name.replace("LAMDA", "LAMBDA").lower() + " "
    name = name.replace("LAMDA", "LAMBDA")
    return f"\\{name.capitalize()} " if name in CAPITALS else rf"\mathrm{{{name[0]}}}"


def _verbatim(label: str) -> str:
    """Any text, upright, nothing in it a command."""
    pieces = []
    for special, run in re.findall(r"([\\{}$&#%_^~<>|\"`∂])|([^\\{}$&#%_^~<>|\"`∂]+)", label):
        shown = "".join(" " if unicodedata.category(c)[0] in "CZ" else c for c in run)
        pieces.append(SPECIAL[special] if special else rf"\text{{{shown}}}")
    return "{" + "".join(pieces) + "}"


_TAKEN = ("e", r"\mathrm{NaN}")


def _names(names: Iterable[str | Derivative], used: MutableMapping[str, None]) -> dict[str | Derivative, Written]:
    return distinct(names, latex_name, _verbatim, lambda text, k: f"{text[:-1]}^{{({k})}}}}", used, _TAKEN)


_SIGNS = Signs(
    nan=r"\mathrm{NaN}",
    infinity=r"\infty",
    minus="-",
    times=r" \cdot ",
    digits="{}",
    fraction=r"\tfrac{{{}}}{{{}}}",
    power="10^{{{}}}",
)

TABLE: dict[str, Row] = {
    "add":              (r"{0:1} + {1:2}", SUM),
    "sub":              (r"{0:1} - {1:2}", SUM),
    "mul":              (r"{0:2} \cdot {1:3}", PRODUCT),
    "div":              (r"\frac{{{0}}}{{{1}}}", POWER),
    "neg":              (r"-{0:3}", SIGN),
    "pow":              (r"{{{0:5}}}^{{{1}}}", POWER),
    "exp":              (r"e^{{{0}}}", POWER),
    "expm1":            (r"\left(e^{{{0}}} - 1\right)", CALL),
    "log":              (r"\ln\left({0}\right)", CALL),
    "log1p":            (r"\ln\left(1 + {0:2}\right)", CALL),
    "sqrt":             (r"\sqrt{{{0}}}", CALL),
    "sin":              (r"\sin\left({0}\right)", CALL),
    "cos":              (r"\cos\left({0}\right)", CALL),
    "tan":              (r"\tan\left({0}\right)", CALL),
    "asin":             (r"\arcsin\left({0}\right)", CALL),
    "acos":             (r"\arccos\left({0}\right)", CALL),
    "atan":             (r"\arctan\left({0}\right)", CALL),
    "sinh":             (r"\sinh\left({0}\right)", CALL),
    "cosh":             (r"\cosh\left({0}\right)", CALL),
    "tanh":             (r"\tanh\left({0}\right)", CALL),
    "sigmoid":          (r"\sigma\left({0}\right)", CALL),
    "abs":              (r"\left|{0}\right|", CALL),
    "maximum":          (r"\max\left({0}, {1}\right)", CALL),
    "minimum":          (r"\min\left({0}, {1}\right)", CALL),
    "compare":          (r"\operatorname{{sgn}}\left({0:1} - {1:2}\right)", CALL),
    "mod":              (r"{0:3} \bmod {1:3}", LOOSE),
    "floor_divide":     (r"\left\lfloor \frac{{{0}}}{{{1}}} \right\rfloor", CALL),
    "xlogy":            (r"{0:2} \cdot \ln\left({1}\right)", PRODUCT),
    "xlog1py":          (r"{0:2} \cdot \ln\left(1 + {1:2}\right)", PRODUCT),
    "inverse":          (r"\frac{{1}}{{{0}}}", POWER),
    "lorentz":          (r"\frac{{1}}{{1 + {{{0:5}}}^2}}", POWER),
    "over_square":      (r"\frac{{{0}}}{{{{{1:5}}}^2}}", POWER),
    "pow_slope":        (r"{1:2} \cdot {{{0:5}}}^{{{1:1} - 1}}", PRODUCT),
    "pow_log":          (r"{{{0:5}}}^{{{1}}} \cdot \ln\left({0}\right)", PRODUCT),
    "sech2":            (r"\operatorname{{sech}}^2\left({0}\right)", POWER),
    "bell":             (r"\sigma\left({0}\right) \cdot \sigma\left(-{0:3}\right)", PRODUCT),
    "one_minus_square": (r"1 - {{{0:5}}}^2", SUM),
    "larger":           (r"\left[{0} > {1}\right]", CALL),
}  # fmt: skip
"""A fraction bar, and what is raised, hold together what is above and below: only a power puts them in brackets."""


def _call(op: Op) -> Row:
    name = op.name.replace("_", r"\_")
    call = called(rf"\operatorname{{{{{name}}}}}", op.arity, r"\left(", r"\right)")
    if not op.latex:
        return call
    # Nobody knows how tightly the template of a user's operation holds together, unless it is the call of a word.
    word, _, args = op.latex.partition(r"\left(")
    return op.latex, CALL if _WORD.fullmatch(word) and call[0].endswith(rf"\left({args}") else LOOSE


_WORD = re.compile(r"\\?[A-Za-z]+(_?\{\{[\\\w]*\}\})?(_\w)?")


def _lines(equations: Sequence[tuple[str, str]]) -> str:
    if len(equations) == 1:
        left, right = equations[0]
        return f"{left} = {right}" if left else right
    where = r"\text{where } "
    rows = [
        rf"{'' if k == 0 else where}{left} {'&=' if left else '&'} {right}" for k, (left, right) in enumerate(equations)
    ]
    return "\\begin{aligned}\n" + " \\\\\n".join(rows) + "\n\\end{aligned}"


LATEX = Notation(
    names=_names,
    number=numbers(_SIGNS),
    table=TABLE,
    call=_call,
    lines=_lines,
    beside_zero={("compare", 1): r"\operatorname{{sgn}}\left({0}\right)", ("larger", 0): r"\left[{1} < 0\right]"},
    brackets=(r"\left(", r"\right)"),
)
"""For mathematics mode, without dollar signs around it."""
