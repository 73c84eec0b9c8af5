"""Formulas as MathML, which browsers typeset without any program: for notebooks and reports."""

import html
from collections.abc import Iterable, MutableMapping, Sequence

from autograd_lite.text.expression import Derivative
from autograd_lite.text.indexed import taken_apart
from autograd_lite.text.latex import subscripted
from autograd_lite.text.notation import CALL, LOOSE, POWER, PRODUCT, SIGN, SUM, Notation, Row, Written, called
from autograd_lite.text.python import visible
from autograd_lite.text.typeset import Signs, distinct, numbers

__all__ = ["MATHML", "mathml_name"]


def mathml_name(name: str | Derivative) -> str:
    """Return a label as MathML: a_h1 with a subscript, w₁₁⁽²⁾ with both; other text as it stands."""
    if isinstance(name, Derivative):
        order = f"<mn>{len(name.wrt)}</mn>" if len(name.wrt) > 1 else ""
        d = f"<msup><mo>∂</mo>{order}</msup>" if order else "<mo>∂</mo>"
        if order and len(set(name.wrt)) == 1:
            below = f"<mo>∂</mo><msup>{mathml_name(name.wrt[0])}{order}</msup>"
        else:
            below = "".join(f"<mo>∂</mo>{mathml_name(x)}" for x in name.wrt)
        return f"<mfrac><mrow>{d}{mathml_name(name.of)}</mrow><mrow>{below}</mrow></mfrac>"
    if (in_layer := taken_apart(name)) is not None:
        letter, indices, layer, after = in_layer
        above = f"<mrow><mo>(</mo><mn>{layer}</mn><mo>)</mo></mrow>"
        text = f"<msubsup><mi>{letter}</mi><mn>{indices}</mn>{above}</msubsup>"
        text = text if indices else f"<msup><mi>{letter}</mi>{above}</msup>"
        return f"<mrow>{text}<mtext>{after}</mtext></mrow>" if after else text
    parts = subscripted(name)
    if parts is None:
        return _verbatim(name)
    head, below_, after = parts
    text = f"<mi>{head}</mi>"
    if below_:
        text = f"<msub>{text}<mrow>{'<mo>,</mo>'.join(_index(part) for part in below_)}</mrow></msub>"
    return f"<mrow>{text}<mtext>{after}</mtext></mrow>" if after else text


def _index(part: str) -> str:
    return f"<mn>{part}</mn>" if part.isdigit() else f"<mi>{part}</mi>"


def _verbatim(label: str) -> str:
    return f"<mtext>{html.escape(visible(label))}</mtext>"


_TAKEN = ("<mi>e</mi>", "<mi>∞</mi>", "<mtext>NaN</mtext>")


def _names(names: Iterable[str | Derivative], used: MutableMapping[str, None]) -> dict[str | Derivative, Written]:
    return distinct(
        names, mathml_name, _verbatim, lambda text, k: f"<msup>{text}<mtext>({k})</mtext></msup>", used, _TAKEN
    )


_SIGNS = Signs(
    nan="<mtext>NaN</mtext>",
    infinity="<mi>∞</mi>",
    minus="<mo>−</mo>",
    times="<mo>⋅</mo>",
    digits="<mn>{}</mn>",
    fraction="<mfrac><mn>{}</mn><mn>{}</mn></mfrac>",
    power="<msup><mn>10</mn><mn>{}</mn></msup>",
)

WHERE = "<mtext>where\u00a0</mtext>"


def _function(name: str, arity: int) -> Row:
    return called(f"<mi>{name}</mi>", arity, "<mo>(</mo>", "<mo>)</mo>", "<mo>,</mo>")


TABLE: dict[str, Row] = {
    "add":              ("{0:1}<mo>+</mo>{1:2}", SUM),
    "sub":              ("{0:1}<mo>−</mo>{1:2}", SUM),
    "mul":              ("{0:2}<mo>⋅</mo>{1:3}", PRODUCT),
    "div":              ("<mfrac><mrow>{0}</mrow><mrow>{1}</mrow></mfrac>", POWER),
    "neg":              ("<mo>−</mo>{0:3}", SIGN),
    "pow":              ("<msup><mrow>{0:5}</mrow><mrow>{1}</mrow></msup>", POWER),
    "exp":              ("<msup><mi>e</mi><mrow>{0}</mrow></msup>", POWER),
    "log":              _function("ln", 1),
    "sqrt":             ("<msqrt><mrow>{0}</mrow></msqrt>", CALL),
    "sigmoid":          _function("σ", 1),
    "abs":              ("<mrow><mo>|</mo>{0}<mo>|</mo></mrow>", CALL),
    "maximum":          _function("max", 2),
    "minimum":          _function("min", 2),
    "compare":          ("<mi>sgn</mi><mo>(</mo>{0:1}<mo>−</mo>{1:2}<mo>)</mo>", CALL),
    "mod":              ("{0:3}<mo>mod</mo>{1:3}", LOOSE),
    "floor_divide":     ("<mo>⌊</mo><mfrac><mrow>{0}</mrow><mrow>{1}</mrow></mfrac><mo>⌋</mo>", CALL),
    "inverse":          ("<mfrac><mn>1</mn><mrow>{0}</mrow></mfrac>", POWER),
    "lorentz":          (("<mfrac><mn>1</mn><mrow><mn>1</mn><mo>+</mo>"
                          "<msup><mrow>{0:5}</mrow><mn>2</mn></msup></mrow></mfrac>"), POWER),
    "over_square":      ("<mfrac><mrow>{0}</mrow><msup><mrow>{1:5}</mrow><mn>2</mn></msup></mfrac>", POWER),
    "pow_slope":        (("{1:2}<mo>⋅</mo>"
                          "<msup><mrow>{0:5}</mrow><mrow>{1:1}<mo>−</mo><mn>1</mn></mrow></msup>"), PRODUCT),
    "pow_log":          (("<msup><mrow>{0:5}</mrow><mrow>{1}</mrow></msup><mo>⋅</mo>"
                          "<mi>ln</mi><mo>(</mo>{0}<mo>)</mo>"), PRODUCT),
    "bell":             (("<mi>σ</mi><mo>(</mo>{0}<mo>)</mo><mo>⋅</mo>"
                          "<mi>σ</mi><mo>(</mo><mo>−</mo>{0:3}<mo>)</mo>"), PRODUCT),
    "one_minus_square": ("<mn>1</mn><mo>−</mo><msup><mrow>{0:5}</mrow><mn>2</mn></msup>", SUM),
    "larger":           ("<mrow><mo>[</mo>{0}<mo>&gt;</mo>{1}<mo>]</mo></mrow>", CALL),
}  # fmt: skip


def _lines(equations: Sequence[tuple[str, str]]) -> str:
    sides = [(left, f"<mo>=</mo>{right}" if left else right) for left, right in equations]
    if len(sides) == 1:
        return f'<math displaystyle="true"><mrow>{"".join(sides[0])}</mrow></math>'
    rows = [
        f'<mtr><mtd style="text-align:right">{WHERE if k else ""}{left}</mtd>'
        f'<mtd style="text-align:left">{right}</mtd></mtr>'
        for k, (left, right) in enumerate(sides)
    ]
    return f'<math displaystyle="true"><mtable displaystyle="true">{"".join(rows)}</mtable></math>'


MATHML = Notation(
    names=_names,
    number=numbers(_SIGNS),
    table=TABLE,
    call=lambda op: _function(op.name, op.arity),
    lines=_lines,
    beside_zero={
        ("compare", 1): _function("sgn", 1)[0],
        ("larger", 0): "<mrow><mo>[</mo>{1}<mo>&lt;</mo><mn>0</mn><mo>]</mo></mrow>",
    },
    brackets=("<mo>(</mo>", "<mo>)</mo>"),
)
"""An element `<math>`."""
