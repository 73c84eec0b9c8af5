"""Formulas as MathML, which browsers typeset without any program: for notebooks and reports."""

import html
from collections.abc import Iterable, MutableMapping, Sequence

from autograd_lite.engine import ops
from autograd_lite.engine.ops import Op
from autograd_lite.text.expression import Derivative
from autograd_lite.text.latex import subscripted
from autograd_lite.text.python import visible
from autograd_lite.text.typeset import Signs, distinct, numbers
from autograd_lite.text.writing import Notation, Written

__all__ = ["MATHML", "mathml_name"]


def mathml_name(name: str | Derivative) -> str:
    """Return a label as MathML: a_h1 with a subscript; other text as it stands."""
    if isinstance(name, Derivative):
        order = f"<mn>{len(name.wrt)}</mn>" if len(name.wrt) > 1 else ""
        d = f"<msup><mo>∂</mo>{order}</msup>" if order else "<mo>∂</mo>"
        if order and len(set(name.wrt)) == 1:
            below = f"<mo>∂</mo><msup>{mathml_name(name.wrt[0])}{order}</msup>"
        else:
            below = "".join(f"<mo>∂</mo>{mathml_name(x)}" for x in name.wrt)
        return f"<mfrac><mrow>{d}{mathml_name(name.of)}</mrow><mrow>{below}</mrow></mfrac>"
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
_FUNCTION = "<mi>{name}</mi><mo>(</mo>{args}<mo>)</mo>"
_NAMES = {"sigmoid": "σ", "log": "ln", "maximum": "max", "minimum": "min", "compare": "sgn"}
_TEMPLATES = {
    "add": "{0:1}<mo>+</mo>{1:2}",
    "sub": "{0:1}<mo>−</mo>{1:2}",
    "mul": "{0:2}<mo>⋅</mo>{1:3}",
    "div": "<mfrac><mrow>{0}</mrow><mrow>{1}</mrow></mfrac>",
    "neg": "<mo>−</mo>{0:3}",
    "pow": "<msup><mrow>{0:5}</mrow><mrow>{1}</mrow></msup>",
    "exp": "<msup><mi>e</mi><mrow>{0}</mrow></msup>",
    "sqrt": "<msqrt><mrow>{0}</mrow></msqrt>",
    "abs": "<mrow><mo>|</mo>{0}<mo>|</mo></mrow>",
    "inverse": "<mfrac><mn>1</mn><mrow>{0}</mrow></mfrac>",
    "lorentz": "<mfrac><mn>1</mn><mrow><mn>1</mn><mo>+</mo><msup><mrow>{0:5}</mrow><mn>2</mn></msup></mrow></mfrac>",
    "over_square": "<mfrac><mrow>{0}</mrow><msup><mrow>{1:5}</mrow><mn>2</mn></msup></mfrac>",
    "pow_slope": "{1:2}<mo>⋅</mo><msup><mrow>{0:5}</mrow><mrow>{1:1}<mo>−</mo><mn>1</mn></mrow></msup>",
    "pow_log": "<msup><mrow>{0:5}</mrow><mrow>{1}</mrow></msup><mo>⋅</mo><mi>ln</mi><mo>(</mo>{0}<mo>)</mo>",
    "bell": "<mi>σ</mi><mo>(</mo>{0}<mo>)</mo><mo>⋅</mo><mi>σ</mi><mo>(</mo><mo>−</mo>{0:3}<mo>)</mo>",
    "larger": "<mrow><mo>[</mo>{0}<mo>&gt;</mo>{1}<mo>]</mo></mrow>",
    "one_minus_square": "<mn>1</mn><mo>−</mo><msup><mrow>{0:5}</mrow><mn>2</mn></msup>",
    "mod": "{0:3}<mo>mod</mo>{1:3}",
    "floor_divide": "<mo>⌊</mo><mfrac><mrow>{0}</mrow><mrow>{1}</mrow></mfrac><mo>⌋</mo>",
    "compare": "<mi>sgn</mi><mo>(</mo>{0:1}<mo>−</mo>{1:2}<mo>)</mo>",
}
_TIGHTER = {"div": 4, "inverse": 4, "over_square": 4, "lorentz": 4, "exp": 4, "floor_divide": 9}


def _template(op: Op, args: Sequence[Written]) -> str:
    if op is ops.compare and args[1].text == "<mn>0</mn>":
        return _FUNCTION.format(name="sgn", args="{0}")
    if op is ops.larger and args[0].text == "<mn>0</mn>":
        return "<mrow><mo>[</mo>{1}<mo>&lt;</mo><mn>0</mn><mo>]</mo></mrow>"
    if op.name in _TEMPLATES:
        return _TEMPLATES[op.name]
    fields = "<mo>,</mo>".join(f"{{{k}}}" for k in range(op.arity))
    return _FUNCTION.format(name=_NAMES.get(op.name, op.name), args=fields)


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
    template=_template,
    binds=lambda op: _TIGHTER.get(op.name, op.binds),
    lines=_lines,
    brackets=("<mo>(</mo>", "<mo>)</mo>"),
)
"""An element `<math>`."""
