"""Equations of matrices in every style: products, transposes, sums, derivatives f'(z), and matrices of numbers."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import cache
from typing import Any

from autograd_lite.engine.operation import ANY, Op
from autograd_lite.text.expression import Apply, Derivative, Expr, Name
from autograd_lite.text.formulas import Style, notation
from autograd_lite.text.layout import number, width
from autograd_lite.text.notation import CALL, PRODUCT, SIGN, SUM, Notation, Row, Written
from autograd_lite.text.reading import NEVER, Formula
from autograd_lite.text.writing import Texts, write

__all__ = [
    "HADAMARD",
    "MATMUL",
    "MOST",
    "ROW_SUMS",
    "SCALE",
    "TOTAL",
    "TRANSPOSE",
    "Matrix",
    "applied",
    "block",
    "calculated",
    "has_prime",
    "joined",
    "prime",
    "python_literal",
    "typeset",
    "written",
]

Matrix = tuple[tuple[float, ...], ...]
"""Rows of numbers."""

MOST = 6
"""Of matrices with more rows or columns, the first ones and the last one are shown."""


def _never(*_: Any) -> Any:
    raise TypeError("an operation on matrices has no value; it is there to be written down")


def _row(name: str, arity: int) -> Op:
    return Op(name, _never, _never, domain=(ANY,) * arity)


MATMUL, HADAMARD, SCALE = _row("matmul", 2), _row("hadamard", 2), _row("scale", 2)
TRANSPOSE, ROW_SUMS, TOTAL = _row("transpose", 1), _row("row_sums", 1), _row("total", 1)
"""Written down, never computed: W a, δ ⊙ f'(z), η W, Wᵀ, the sum of each row, the sum of all."""

TABLES: dict[Style, dict[str, Row]] = {
    "plain": {
        "matmul": ("{0:3} {1:3}", SUM), "hadamard": ("{0:2} ⊙ {1:3}", PRODUCT), "scale": ("{0:3} {1:3}", PRODUCT),
        "transpose": ("({0})ᵀ", CALL), "row_sums": ("row_sums({0})", CALL), "total": ("sum({0})", CALL),
    },
    "python": {
        "matmul": ("{0:3} @ {1:3}", SUM), "hadamard": ("{0:2} * {1:3}", PRODUCT), "scale": ("{0:3} * {1:3}", PRODUCT),
        "transpose": ("{0:9}.T", CALL), "row_sums": ("{0:9}.sum(axis=1, keepdims=True)", CALL),
        "total": ("{0:9}.sum()", CALL),
    },
    "latex": {
        "matmul": (r"{0:3} \, {1:3}", SUM), "hadamard": (r"{0:2} \odot {1:3}", PRODUCT),
        "scale": (r"{0:3} \, {1:3}", PRODUCT), "transpose": (r"\left({0}\right)^{{\mathsf{{T}}}}", CALL),
        "row_sums": (r"\operatorname{{row\,sums}}\left({0}\right)", CALL),
        "total": (r"\operatorname{{sum}}\left({0}\right)", CALL),
    },
    "mathml": {
        "matmul": ('{0:3}<mspace width="0.2em"></mspace>{1:3}', SUM), "hadamard": ("{0:2}<mo>⊙</mo>{1:3}", PRODUCT),
        "scale": ('{0:3}<mspace width="0.2em"></mspace>{1:3}', PRODUCT),
        "transpose": ("<msup><mrow><mo>(</mo>{0}<mo>)</mo></mrow><mi>T</mi></msup>", CALL),
        "row_sums": ("<mi>row sums</mi><mo>(</mo>{0}<mo>)</mo>", CALL),
        "total": ("<mi>sum</mi><mo>(</mo>{0}<mo>)</mo>", CALL),
    },
}  # fmt: skip
"""How these are written. A product of matrices takes brackets before ⊙, which is no product of matrices."""

_OPENING = {"plain": ("(", "'("), "latex": (r"\left(", r"'\left("), "mathml": ("<mo>(</mo>", "<mo>′</mo><mo>(</mo>")}
_SIGNS = {"plain": (" = ", " ← "), "latex": (" = ", r" \leftarrow "), "python": (" = ", " = ")}
_SIGNS["mathml"] = ("<mo>=</mo>", "<mo>←</mo>")


@cache
def prime(op: Op) -> Op:
    """Return f' for an activation f, which is written like it: σ'(z)."""
    return _row(f"{op.name}'", op.arity)


def typeset(style: Style, *, elementwise: bool) -> Notation:
    """Return the notation of one side of an equation; if `elementwise`, products of the table are written as ⊙."""
    base = notation(style)
    table = {**base.table, **TABLES[style]}
    if elementwise:
        table["mul"] = table["hadamard"]

    def call(op: Op) -> Row:
        if not op.name.endswith("'") or style == "python":
            return base.call(op)
        template, binds = base.row(replace(op, name=op.name[:-1]))
        return template.replace(*_OPENING[style], 1), binds

    return replace(base, table=table, call=call, lines=lambda equations: equations[0][1], product="", deepest=0)


def has_prime(op: Op) -> bool:
    """Whether f' is written f'(z): where f is written as a call."""
    return all(opening in notation(style).row(op)[0] for style, (opening, _) in _OPENING.items())


def written(expr: Expr, texts: Texts) -> str:
    """Return one side of an equation."""
    return write(Formula(expr, shared_from=NEVER), texts)


def joined(style: Style, sides: Sequence[str], *, update: bool = False) -> str:
    """Return sides as one equation, left = right = ..., or left ← right for an update."""
    text = _SIGNS[style][update].join(sides)
    return f'<math displaystyle="true"><mrow>{text}</mrow></math>' if style == "mathml" else text


# --- numbers -------------------------------------------------------------------------------------------------------


def _scalar(x: float, style: Style) -> Written:
    """A rounded number, as `layout.number` has it."""
    text = number(abs(x), 4)
    mantissa, e, exponent = text.partition("e")
    minus, power = "−", text
    if style == "latex":
        minus, power = "-", mantissa + (rf" \cdot 10^{{{exponent.replace('−', '-').lstrip('+')}}}" if e else "")
    elif style == "mathml":
        minus, power = "<mo>−</mo>", f"<mn>{text}</mn>"
    positive = Written(power, PRODUCT if e and style == "latex" else CALL)
    return Written(minus + power, SIGN, opposite=positive) if x < 0.0 else positive


def _cells(matrix: Matrix, style: Style) -> list[list[str]]:
    """The numbers of a matrix as text; of a large one the first and the last, with dots between."""
    across, down = {"latex": (r"\cdots", r"\vdots"), "mathml": ("<mo>⋯</mo>", "<mo>⋮</mo>")}.get(style, ("⋯", "⋮"))

    def some(items: Sequence[Any], dots: Any) -> list[Any]:
        return [*items] if len(items) <= MOST else [*items[: MOST - 2], dots, items[-1]]

    rows = [some([_scalar(x, style).text for x in row], across) for row in matrix]
    return some(rows, [down] * len(rows[0]))


_BRACKETS = "border:solid currentColor;border-width:0 1.5px;border-radius:.5em;margin:.1em .15em;padding:0 .1em"


def _matrix(matrix: Matrix, style: Style) -> str:
    cells = _cells(matrix, style)
    if style == "latex":
        return r"\begin{bmatrix} " + r" \\ ".join(" & ".join(row) for row in cells) + r" \end{bmatrix}"
    rows = "".join(f"<mtr>{''.join(f'<mtd>{cell}</mtd>' for cell in row)}</mtr>" for row in cells)
    # Borders, since brackets stretch only where the reader's machine has a font for mathematics.
    return f'<mtable style="{_BRACKETS}">{rows}</mtable>'


def block(matrix: Matrix) -> list[str]:
    """Return a matrix as lines of text, in brackets."""
    cells = _cells(matrix, "plain")
    widths = [max(map(width, column)) for column in zip(*cells, strict=True)]
    lines = ["  ".join(cell.rjust(w) for cell, w in zip(row, widths, strict=True)) for row in cells]
    if len(lines) == 1:
        return [f"[{lines[0]}]"]
    middle = len(lines) - 2
    left, right = "⎡" + "⎢" * middle + "⎣", "⎤" + "⎥" * middle + "⎦"
    return [a + line + z for a, line, z in zip(left, lines, right, strict=True)]


def calculated(
    sides: Sequence[Expr], values: Mapping[str | Derivative, float | Matrix], style: Style, room: int | None = None
) -> str:
    """Return sides of an equation with numbers in place of the names; matrices in plain text take several lines.

    What `room` columns do not hold goes on below an empty line.
    """
    elementwise = any(not isinstance(x, float) for x in values.values())
    values = dict(values)
    sides = [_transposed(side, values) for side in sides]
    texts = Texts(_with_numbers(style, elementwise=elementwise))
    blocks: dict[str, Matrix] = {}
    for k, (name, x) in enumerate(values.items()):
        if isinstance(x, float):
            texts.found[name] = _scalar(x, style)
        elif style == "plain":
            blocks[chr(0xE000 + k)] = x
            texts.found[name] = Written(chr(0xE000 + k))
        else:
            texts.found[name] = Written(_matrix(x, style))
    text = joined(style, [written(side, texts) for side in sides])
    return _beside(text, blocks, room) if blocks else text


def _transposed(expr: Expr, values: dict[str | Derivative, float | Matrix]) -> Expr:
    """The expression with a name in place of each transposed matrix, whose numbers are shown turned."""
    if not isinstance(expr, Apply):
        return expr
    (first, *_) = expr.args
    if expr.op is TRANSPOSE and isinstance(first, Name) and isinstance(first.text, str):
        matrix = values[first.text]
        assert not isinstance(matrix, float)
        values[f"{first.text}T"] = tuple(zip(*matrix, strict=True))
        return Name(f"{first.text}T")
    return applied(expr.op, *(_transposed(x, values) for x in expr.args))


def _with_numbers(style: Style, *, elementwise: bool) -> Notation:
    """The notation of a calculation: with a true minus, and a sign between two numbers."""
    base = typeset(style, elementwise=elementwise)

    def rounded(x: Fraction | float) -> Written:
        return _scalar(float(x), style) if isinstance(x, Fraction) and x.denominator > 1 else base.number(x)

    times = {"latex": r" \times ", "mathml": "<mo>×</mo>"}.get(style, " × ")
    table = {**base.table, "scale": ("{0:3}" + times + "{1:3}", PRODUCT)}
    if style == "plain":
        table |= {"sub": ("{0:1} − {1:2}", SUM), "neg": ("−{0:3}", SIGN)}
        table |= {} if elementwise else {"mul": ("{0:2} × {1:3}", PRODUCT)}
    return replace(base, table=table, number=rounded)


_BREAK = re.compile("(?= [=⊙+−] )|(?<=[\ue000-\uf8ff])(?= [\ue000-\uf8ff])")
"""Where an equation of matrices may go on in the next line."""


def _beside(text: str, blocks: Mapping[str, Matrix], room: int | None) -> str:
    """The text with matrices in it, one beside the other, each centred; what there is no room for comes below."""
    groups: list[list[list[str]]] = [[]]
    used = 0
    for segment in _BREAK.split(text):
        parts = _parts(segment, blocks)
        wide = sum(width(part[0]) for part in parts)
        if room is not None and used and used + wide > room:
            groups.append([])
            parts, used = _parts(segment.lstrip(), blocks), 0
        groups[-1] += parts
        used += wide
    return "\n\n".join(map(_centred, groups))


def _parts(text: str, blocks: Mapping[str, Matrix]) -> list[list[str]]:
    """The text and the matrices in it, each as lines of equal width."""
    return [block(blocks[x]) if x in blocks else [x] for x in re.split("([\ue000-\uf8ff])", text) if x]


def _centred(parts: Sequence[Sequence[str]]) -> str:
    height = max(map(len, parts))
    lines = [""] * height
    for part in parts:
        above = (height - len(part)) // 2
        wide = width(part[0])
        for k in range(height):
            inside = part[k - above] if 0 <= k - above < len(part) else ""
            lines[k] += inside + " " * (wide - width(inside))
    return "\n".join(line.rstrip() for line in lines)


def applied(op: Op, *args: Expr) -> Expr:
    """Return an operation on expressions, as it stands: nothing is simplified."""
    return Apply(op, args, 1 + sum(x.size for x in args))


def python_literal(x: float | Matrix) -> str:
    """Return a number, or a matrix as a NumPy array, in Python with all digits."""
    digits = repr(x if isinstance(x, float) else [list(row) for row in x])
    if "inf" in digits or "nan" in digits:
        digits = re.sub(r"inf|nan", lambda found: f'float("{found[0]}")', digits)
    return digits if isinstance(x, float) else f"np.array({digits})"
