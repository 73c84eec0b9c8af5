"""The reader of printed formulas reads known texts, refuses what has two readings, and agrees with the table."""

import itertools
import math
from fractions import Fraction
from pathlib import Path

import arithmetic
import evaluating
import pytest
from evaluating import Unreadable, latex, mathml, plain, python, sums
from strategies import ROWS

from autograd_lite import Value, exp, formula, grad, maximum, sigmoid, tanh
from autograd_lite.text import symbols

READERS = {"plain": plain, "python": python, "latex": latex, "mathml": mathml}
X, INF, NAN = {"x": 3.0, "y": 0.5, "z": -2.0}, math.inf, math.nan


def same(got, expected):
    """Whether a number is the expected one, but for the rounding of floats."""
    got = float(got)
    return got == pytest.approx(expected, rel=1e-14, abs=0.0, nan_ok=True)


PLAIN = [
    ("x - (y - z)", 0.5), ("x - y - z", 4.5), ("-x^2", -9.0), ("(-x)^2", 9.0), ("x^-2", 1 / 9), ("x^2^z", 3.0**0.25),
    ("(x^2)^z", 1 / 81), ("1 / (x / y)", 1 / 6), ("1 / x / y", 2 / 3), ("1 / x * y", 1 / 6), ("x * (-y)", -1.5),
    ("-x * y^2", -0.75), ("x * -y", -1.5), ("2*x*y + z", 1.0), ("x / 2^2", 0.75), ("x^(1/3)", 3 ** (1 / 3)),
    ("1/2 * (x - y)^2", 3.125), ("1e-05 + 1e+2", 100.00001), ("(x + y) * (x - y)", 8.75), ("−x", -3.0), ("x · y", 1.5),
    ("|z|", 2.0), ("|z * |z - x||", 10.0), ("||z| - x|", 1.0), ("|x| * |z|", 6.0), ("max(x, min(y, z), 2)", 3.0),
    ("σ(y)", 1 / (1 + math.exp(-0.5))), ("sigmoid(y)", 1 / (1 + math.exp(-0.5))),
    ("softplus(z)", math.log1p(math.exp(-2))),
    ("relu(z) + relu(x)", 3.0), ("leaky_relu(z, 0.1)", -0.2), ("leaky_relu(z)", -0.02), ("abs(z)", 2.0),
    ("step(x) + step(z) + step(0)", 1.0), ("sgn(z) + sgn(0)", -1.0), ("compare(y, x)", -1.0),
    ("cosh(y)^2", math.cosh(0.5) ** 2),
    ("[x > y] + 2 * [x < y]", 1.0), ("[x > x] + [x < x]", 0.0), ("[x ≥ x] + [x >= y] - [y <= z] + [x ≠ x]", 2.0),
    ("z % x", 1.0), ("-x % 2", 1.0), ("z // x", -1.0), ("x // y * 2", 12.0), ("x % z", -1.0), ("⌊z / x⌋", -1.0),
    ("log(x) * xlogy(0, 0) + xlog1py(0, -1)", 0.0), ("xlogy(x, y)", 3 * math.log(0.5)),
    ("exp(log1p(expm1(y)))", math.exp(0.5)),
    ("y = x + z", 1.0), ("∂y/∂x = 2 * x", 6.0), ("∂²y/∂z∂x = x", 3.0), ('"y = 0" = x', 3.0), ("y = [x = 3]", 1.0),
    ("v2 * v1\n  where v1 = v2 + x\n        v2 = x^2", 108.0), ("a\n  where a = ∂E/∂o1 + 1\n        ∂E/∂o1 = x", 4.0),
    ("x\n  where x = y", 0.5), ("where\n  where where = x", 3.0), ("(" * 3000 + "x" + ")" * 3000, 3.0),
    ("1/0", INF), ("-1/0", -INF), ("0/0", NAN), ("0 * inf", NAN), ("inf - inf", NAN), ("-inf", -INF), ("log(0)", -INF),
    ("log(-1)", NAN), ("sqrt(z)", NAN), ("z^0.5", NAN), ("0^z", INF), ("0^0", 1.0), ("asin(x)", NAN),
    ("log1p(-1)", -INF),
    ("exp(1000)", INF), ("exp(-1000)", 0.0), ("exp(exp(exp(exp(x))))", INF), ("1 / exp(exp(exp(1e300)))", 0.0),
    ("nan^0", 1.0),
    ("sin(inf)", NAN), ("tanh(inf) - tanh(-inf)", 2.0), ("σ(-inf) + σ(inf)", 1.0), ("max(x, nan)", NAN),
    ("sgn(nan)", NAN),
    ("[nan > 0]", NAN), ("step(nan)", NAN), ("relu(nan)", NAN), ("x % 0", NAN), ("x // 0", INF),
    ("1e400 * 1e-399", 10.0),
    ("σ(60) * (1 - σ(60))", math.exp(-60)), ("1 - tanh(x)^2", 1 / math.cosh(3) ** 2), ("z % inf", INF),
    ("exp(-inf)", 0.0),
    ("5e-324 / 1e-323", 0.5), ("1e-400 * 1e400", 1.0),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), PLAIN, ids=lambda x: x[:40] if isinstance(x, str) else "")
def test_plain(text, expected):
    """Plain text is read with the usual precedence; what is not finite is as IEEE arithmetic has it."""
    assert same(plain(text, X), expected)


def test_plain_names():
    r"""Names are words, words with dots, indices and primes, quoted text, and derivatives; each is one thing."""
    names = ['"a + b"', r'"a \"b\"\\"', "h1[0]", "h1", "a.b", "x''", "x", "名前", "∂E/∂w", "∂²y/∂x²", "∂²y/∂z∂x", "exp"]
    names += ['∂"a b"/∂"c/d"', "∂(∂E/∂w)/∂v"]
    values = {name: 2.0**k for k, name in enumerate(names)}
    for name, value in values.items():
        assert plain(name, values) == value
    assert plain(" - ".join(names), values) == 1.0 - sum(2.0**k for k in range(1, len(names)))
    assert plain(" + ".join(f"{name}^2*{name}" for name in names), values) == sum(8.0**k for k in range(len(names)))


REFUSED = [
    (plain, "x y"), (plain, "x * "), (plain, "* x"), (plain, "(x"), (plain, "x)"), (plain, "|x"), (plain, "max(x,)"),
    (plain, "(x, y)"), (plain, "x > y"), (plain, "[x]"), (plain, "[x > y > z]"), (plain, "[x > y)"), (plain, "q"),
    (plain, ""),
    (plain, "arctg(x)"), (plain, "exp x"), (plain, "sin(x, y)"), (plain, "x $ y"), (plain, "x = y = z"),
    (plain, "∂E/∂w"),
    (plain, "v1\n  where v1 = v1"), (plain, "v1\n  where v1 = v2\n        v2 = v1"), (plain, "x\ny"),
    (plain, "x\n  where 3"),
    (plain, "v1\n  where v1 = x\n        v1 = x"), (plain, "x\n  where v1 = q"), (plain, "2x"), (plain, "x ... y"),
    (python, "x.y"), (python, "x if y"), (python, "eval('x')"), (python, "x; import y"), (python, "f(x)"),
    (python, "1j"),
    (python, ""), (python, "x + q"), (python, "x < y < z"), (python, "exp"), (python, "exp(x, y, z)"),
    (latex, r"{x}^{2}^{2}"), (latex, r"\frac{x}{y}^{2}"), (latex, r"{\frac{x}{y}}^{2}"), (latex, r"{{x}^{2}}^{2}"),
    (latex, "x y"),
    (latex, r"x \cdot"), (latex, r"\frac{x}"), (latex, "{x"), (latex, "x}"), (latex, r"\foo"),
    (latex, r"\left(x\right]"),
    (latex, r"\frac{\partial E}{\partial w}"), (latex, r"\sin x"), (latex, r"\mathrm{xy}"), (latex, r"x_{1}"),
    (mathml, "<math><mrow><mi>x</mi><mi>y</mi></mrow></math>"), (mathml, "<math><mrow><mi>q</mi></mrow></math>"),
    (mathml, "<math><mrow><msup><msup><mi>x</mi><mn>2</mn></msup><mn>2</mn></msup></mrow></math>"),
    (mathml, "<math><mrow><msup><mfrac><mi>x</mi><mi>y</mi></mfrac><mn>2</mn></msup></mrow></math>"),
    (sums, "1.0 = 1.0 = 1.0"), (sums, "1.0 1.0 = 2.0"), (sums, "x = 1.0"),
]  # fmt: skip


@pytest.mark.parametrize(("read", "text"), REFUSED, ids=lambda x: x if isinstance(x, str) else x.__name__)
def test_refused(read, text):
    """What is no formula, has no one reading, or uses names that stand for nothing, has no value."""
    with pytest.raises((Unreadable, SyntaxError)):
        read(
            *[text]
            if read is sums
            else (text, {f"<mi>{name}</mi>" if read is mathml else name: v for name, v in X.items()})
        )


@pytest.mark.parametrize(
    ("read", "text", "name"),
    [
        (plain, "inf", "inf"), (plain, "x * nan", "nan"), (latex, "e^{x}", "e"), (latex, "{e}^{2}", "e"),
        (latex, r"\mathrm{NaN}", r"\mathrm{NaN}"),
        (mathml, "<math><mrow><mtext>NaN</mtext></mrow></math>", "<mi>NaN</mi>"),
        (mathml, "<math><mrow><msup><mi>e</mi><mi>x</mi></msup></mrow></math>", "<mi>e</mi>"),
    ],
)  # fmt: skip
def test_names_with_a_meaning(read, text, name):
    """A label that looks like Euler's number, an infinity or NaN is not read where it may be either."""
    with pytest.raises(Unreadable, match="meaning of its own"):
        read(text, {name: 1.0, "<mi>x</mi>" if read is mathml else "x": 1.0})


PYTHON = [
    ("x - (y - z)", 0.5), ("-x ** 2", -9.0), ("x ** -y ** 2", 3**-0.25), ("v = x * x\ny = v + v", 18.0),
    ("v = x\nv * 2", 6.0),
    ("maximum(x, y) * abs(z)", 6.0), ("x % z + x // z", -3.0), ('float("inf") - 1', INF), ('float("-inf")', -INF),
    ('float("nan")', NAN),
    ("1 / 0", INF), ("math.exp(y)", math.exp(0.5)), ("x if x > y else z", 3.0), ("(x > y) + (x < y)", 1.0),
    ("exp(1000)", INF),
    ("sigmoid(y) * sigmoid(-y)", 0.2350037122015945), ("leaky_relu(z, 0.5)", -1.0), ("compare(x, y)", 1.0),
    ("-(-x)", 3.0),
    ("\n".join(f"x = x * {k}" for k in (2, 3)), 18.0), ("x + " * 900 + "x", 2703.0),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), PYTHON, ids=lambda x: x[:40] if isinstance(x, str) else "")
def test_python(text, expected):
    """Python is read by its own grammar; identifiers are what Python takes them for."""
    assert same(python(text, X), expected)
    assert python("ﬁ + µ", {"fi": 1.0, "µ": 2.0}) == 3.0


def aligned(*rows):
    """Several rows."""
    return "\\begin{aligned}\n" + " \\\\\n".join(rows) + "\n\\end{aligned}"


N = {"w_{1}": 3.0, "w": 2.0, r"\alpha ": 0.5, r"\alpha _{2}": 5.0, r"{\text{a = b}}": 7.0,
     r"\frac{\partial E}{\partial w}": -2.0,
     r"\frac{\partial^{2} E}{\partial {w}^{2}}": 4.0, r"\sigma ": 0.25}  # fmt: skip
LATEX = [
    (r"{-w}^{2}", -4.0), (r"{\left(-w\right)}^{2}", 4.0), (r"\frac{w_{1}}{w - w_{1}}", -3.0),
    (r"w \cdot \frac{w}{\alpha }", 8.0),
    (r"{w + w}^{2}", 6.0), (r"w^2", 4.0), (r"e^{w - w_{1}}", math.exp(-1)), (r"{\left(e^{w}\right)}^{2}", math.exp(4)),
    (r"\alpha  \cdot \alpha _{2}", 2.5), (r"{\text{a = b}} = w", 2.0), (r"{{\text{a = b}}}^{2} + {\text{a = b}}", 56.0),
    (r"\tfrac{1}{2} \cdot w", 1.0), (r"\sqrt{w + w}", 2.0), (r"\left|w - \left|w - 9\right|\right|", 5.0),
    (r"10^{-2}", 0.01),
    (r"1.5 \cdot 10^{2}", 150.0), (r"-\infty", -INF), (r"\mathrm{NaN}", NAN), (r"\max\left(w, w_{1}\right)", 3.0),
    (r"\operatorname{sech}^2\left(w\right)", 1 / math.cosh(2) ** 2),
    (r"\operatorname{leaky\_relu}\left(-w, \alpha \right)", -1.0),
    (r"\operatorname{sgn}\left(w - w_{1}\right)", -1.0), (r"\sigma\left(w - w\right)", 0.5), (r"\sigma  \cdot w", 0.5),
    (r"\sin\left(w\right) - \arctan\left(w\right)", math.sin(2) - math.atan(2)),
    (r"\ln\left(1 + w\right)", math.log(3)),
    (r"\left[w > w_{1}\right] + \left[w \le w_{1}\right]", 1.0), (r"\left\lfloor \frac{w_{1}}{w} \right\rfloor", 1.0),
    (r"w_{1} \bmod w", 1.0), (r"\sin^{2}\left(w\right)", math.sin(2) ** 2),
    (r"\frac{\partial E}{\partial w} \cdot w", -4.0),
    (r"\frac{\partial E}{\partial w} = w \cdot \frac{\partial^{2} E}{\partial {w}^{2}}", 8.0),
    (aligned(r"y &= v_{1} \cdot {v_{1}}^{2}", r"\text{where } v_{1} &= w + w_{2}", r"\text{where } w_{2} &= 3"), 125.0),
    (aligned(r" & \frac{\partial y}{\partial q}", r"\text{where } \frac{\partial y}{\partial q} &= w"), 2.0),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), LATEX, ids=lambda x: x[:40] if isinstance(x, str) else "")
def test_latex(text, expected):
    """LaTeX is read as it looks: braces nobody sees do not group."""
    assert same(latex(text, N), expected)


def math_of(*cells):
    """An element of one row."""
    return f'<math displaystyle="true"><mrow>{"".join(cells)}</mrow></math>'


W, V, TWO, EQUAL = "<msub><mi>w</mi><mrow><mn>1</mn></mrow></msub>", "<mi>v</mi>", "<mn>2</mn>", "<mo>=</mo>"
MATHML = [
    (math_of(V, EQUAL, W, "<mo>−</mo>", TWO), 1.0),
    (math_of(f"<msup><mrow><mo>−</mo>{W}</mrow><mrow>{TWO}</mrow></msup>"), -9.0),
    (math_of(f"<msup><mrow><mo>(</mo><mo>−</mo>{W}<mo>)</mo></mrow><mrow>{TWO}</mrow></msup>"), 9.0),
    (math_of(f"<mfrac><mrow>{W}<mo>+</mo>{TWO}</mrow><mn>4</mn></mfrac><mo>⋅</mo>{TWO}"), 2.5),
    (math_of(f"<mi>σ</mi><mo>(</mo>{W}<mo>−</mo>{W}<mo>)</mo>"), 0.5),
    (math_of(f"<msup><mi>e</mi><mrow>{W}</mrow></msup>"), math.exp(3)),
    (math_of(f"<msqrt><mrow>{W}<mo>+</mo><mn>6</mn></mrow></msqrt>"), 3.0),
    (math_of(f"<mrow><mo>|</mo><mo>−</mo>{W}<mo>|</mo></mrow>"), 3.0),
    (math_of(f"<mi>max</mi><mo>(</mo>{W}<mo>,</mo>{TWO}<mo>)</mo>"), 3.0),
    (math_of("<mo>−</mo><mi>∞</mi>"), -INF),
    (math_of("<mtext>NaN</mtext>"), NAN),
    (math_of("<mn>1.5</mn><mo>⋅</mo><msup><mn>10</mn><mn>-2</mn></msup>"), 0.015),
    (math_of(f"<msup><mi>sech</mi>{TWO}</msup><mo>(</mo>{W}<mo>)</mo>"), 1 / math.cosh(3) ** 2),
    (math_of(f"<mo>[</mo>{W}<mo>&gt;</mo>{TWO}<mo>]</mo>"), 1.0),
    (math_of("<mtext>a + b</mtext>"), 5.0),
]


@pytest.mark.parametrize(("text", "expected"), MATHML)
def test_mathml(text, expected):
    """MathML is read as it looks: rows that nobody sees do not group."""
    assert same(mathml(text, {W: 3.0, "<mtext>a + b</mtext>": 5.0}), expected)


def test_mathml_of_several_rows():
    """A table has a definition in each row but the first."""
    first = "<mtr><mtd/><mtd><mi>u</mi><mo>⋅</mo><mi>u</mi></mtd></mtr>"
    where = f"<mtr><mtd><mtext>where\u00a0</mtext><mi>u</mi></mtd><mtd>{EQUAL}{W}</mtd></mtr>"
    assert mathml(f"<math><mtable>{first}{where}</mtable></math>", {W: 3.0}) == 9.0


SUMS = [
    ("0.1385 × 0.4000 − 0.0381 × 0.5000 = +0.0364", True), ("0.1385 × 0.4000 − 0.0381 × 0.5000 = +0.0366", False),
    ("1.0000 × (−0.3595) × 2.50e−9 = −8.99e−10", True), ("1.0000 × (−0.3595) × 2.50e−9 = +8.99e−10", False),
    ("1.235e+6 × 2.0000 = +2.470e+6", True), ("1.235e+6 × 2.0000 = +2.473e+6", False), ("0.5000 + … = 9.0000", True),
    ("−0.5000 + 0.2000 = −0.3000", True), ("−0.5000 − 0.2000 = −0.3000", False), ("inf × 2.0000 = +inf", True),
    ("inf − inf = nan", True), ("inf − inf = +inf", False), ("1.0000 = nan", False), ("nan × 0.0000 = nan", True),
    ("1.0000 × … 3 more … × 2.0000 = −1.0000", True), ("+0.7311", True), ("0.1 × 0.1 = 0", True), ("1 × 3 = 4", True),
    ("1 × 3 = 6", False), ("−inf = −inf", True),
]  # fmt: skip


@pytest.mark.parametrize(("text", "right"), SUMS)
def test_sums(text, right):
    """A calculation in rounded numbers is right if some numbers that are rounded to these fulfil it."""
    assert sums(text).right is right


def test_intervals():
    """The interval of each side is sharp."""
    low, high, shown_low, shown_high, shown = sums("2.0 × (−0.5) − 1.00 = −2.0")
    half = Fraction(1, 20)
    below, above = -(2 + half) * (Fraction(1, 2) + half), -(2 - half) * (Fraction(1, 2) - half)
    bounds = below - Fraction(201, 200), above - Fraction(199, 200), Fraction(-41, 20), Fraction(-39, 20), -2
    assert [float(x) for x in (low, high, shown_low, shown_high, shown)] == pytest.approx(
        [float(x) for x in bounds], rel=1e-15
    )
    assert sums("+0.5")[2:] == (None, None, None)
    assert sums("0.5 + … = 1.0")[:2] == (None, None)


def places(op):
    """Points of the row's domain."""
    numbers = [-3.25, -0.9, -0.3, 2e-9, 0.2, 0.75, 1.5, 30.0]
    if op.name in {"mod", "floor_divide"}:
        numbers.remove(2e-9)  # stairs as fine as that tell the decimals from the nearest float
    return itertools.product(*([x for x in numbers if low < x < high] for low, high in op.domain))


@pytest.mark.parametrize("style", READERS)
@pytest.mark.parametrize("op", ROWS.values(), ids=ROWS)
@pytest.mark.parametrize("labels", [("x", "w_1"), ("a + b", "h1[0]"), ("", "")], ids=["words", "odd", "none"])
def test_every_operation(op, style, labels):
    """The printed formula of an operation has the value of the operation."""
    for point in places(op):
        y = op(*(Value(x, name) for x, name in zip(point, labels, strict=False)))
        values = {name: node.data for name, node in symbols(y, style=style).items()}
        got = READERS[style](formula(y, style=style), values)
        assert float(got) == pytest.approx(y.data, rel=1e-12, abs=0.0)


@pytest.mark.parametrize("style", READERS)
def test_graphs(style):
    """Formulas of several lines, of gradients and of calculations with gradients are read."""
    a, b = Value(0.5, "a"), Value(-1.5, "b c")
    shared = tanh(a * b) - 2.0
    y = shared * sigmoid(shared) / -maximum(shared * shared, 1 / 3) + exp(-(b**2)) ** 3 - (a - (b - 1e-7))
    y.label = "y"
    slope = grad(y, a)
    for text_of, expected in [(y, y.data), (slope, slope.data), (y + slope * 2, y.data + 2 * slope.data)]:
        values = {name: node.data for name, node in symbols(text_of, style=style).items()}
        assert same(READERS[style](formula(text_of, style=style), values), expected)


def test_apart():
    """The reader and its arithmetic use nothing of the package."""
    for module in (evaluating, arithmetic):
        assert "autograd_lite" not in Path(module.__file__).read_text(encoding="utf-8")
