"""Formulas that people write are read as they mean them, and what is no formula is refused; nothing is run."""

import builtins
import contextlib
import math
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import build, programs

from autograd_lite import Value, formula, grad, named
from autograd_lite.audit.judging.statements import read_statement
from autograd_lite.audit.notation.equations import read_equation
from autograd_lite.audit.notation.formulas import read_formula
from autograd_lite.audit.notation.tokens import FormulaError
from autograd_lite.audit.notation.trees import build as computed
from autograd_lite.audit.notation.trees import floats, from_formula, operands_first
from autograd_lite.audit.places.points import Setting
from autograd_lite.examples import era_s6
from autograd_lite.text.expression import Name
from autograd_lite.text.reading import read_derivative

NUMBERS = {"a": 1.5, "b": -0.75, "w5": 2.25, "a_h1": 0.3}


def tree_of(text, names):
    """The formula that a claim ends with."""
    equation = read_equation(text)
    return read_formula(equation.sides[-1], text, names, equation.definitions)


def read(text, labels=None):
    """The number that a formula is, with leaves of these labels."""
    numbers = NUMBERS if labels is None else labels
    y = sum(Value(x, label) for label, x in numbers.items())
    setting = Setting(y)
    node, _ = computed(operands_first(tree_of(text, setting.texts)), setting.here.named)
    return node.data


# --- the grammar, against Python's own -----------------------------------------------------------------------------


@st.composite
def expressions(draw, depth=4):
    """Text of arithmetic that means the same to Python."""
    if depth == 0 or draw(st.integers(0, 3)) == 0:
        return draw(st.sampled_from([*NUMBERS, "2", "0.5", ".25", "3.", "1e-2", "12"]))
    a, b = draw(expressions(depth - 1)), draw(expressions(depth - 1))
    form = draw(
        st.sampled_from(
            ["{} + {}", "{}-{}", "{} * {}", "{}/{}", "({} + {})", "-{} + {}", "({}) * -({})", "{} ** 2 + {}"]
        )
    )
    return form.format(a, b)


@given(expressions())
def test_arithmetic_as_in_python(text):
    """Signs, products, quotients, powers and brackets bind as in Python, to the last bit."""
    try:
        expected = eval(text, {"__builtins__": {}}, NUMBERS)
    except (ZeroDivisionError, OverflowError):
        return
    # "2/12" is one number here, the nearest to the fraction
    assert read(text) == pytest.approx(expected, rel=1e-13, abs=1e-300)
    assert read(f" {text} ".replace("**", "^").replace("*", "·").replace("-", "−").replace(" ", "  ")) == read(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("-2^2", -4.0),
        ("(-2)^2", 4.0),
        ("2^3^2", 512.0),
        ("2**-1", 0.5),
        ("2^-1^2", 0.5),
        ("- -a", 1.5),
        ("+a", 1.5),
        ("a - b - a", 0.75),
        ("8/2/2", 2.0),
        ("2·a × 3 ÷ 2", 4.5),
        ("a²", 2.25),
        ("-a²", -2.25),
        ("a⁻¹", 1 / 1.5),
        ("(a + b)²", 0.5625),
        ("2²·3", 12.0),
        ("a^2²", 1.5**4),
        ("|b|", 0.75),
        ("||b| - a|", 0.75),
        ("|a * |b||", 1.125),
        ("|a| - |b|", 0.75),
        ("[a + {b}] * (2)", 1.5),
        ("e^a", math.exp(1.5)),
        ("e", math.e),
        ("2*pi - 2*π", 0.0),
        ("σ(a)", 1 / (1 + math.exp(-1.5))),
        ("sigmoid(a) - logistic(a)", 0.0),
        ("ln(a) - log(a)", 0.0),
        ("√(4)", 2.0),
        ("max(a, b) + min(a, b)", 0.75),
        ("max(a, min(b, a)) * 2", 3.0),
        ("sgn(b)", -1.0),
        ("a % 1 - a // 1 * 2", -1.5),
        ("-a // 2 + mod(7, a + 1/2) * floor_divide(a, b)", -3.0),
        ("sgn(a - b) + sign(0)", 1.0),
        ("arctan(0) + arcsin(0) + arccos(1)", 0.0),
        ("pow(a, 2) - a**2", 0.0),
        ("leaky_relu(b, 0.1)", -0.075),
        ("leaky_relu(b)", -0.0075),
        ("ReLU(b) + relu(a)", 1.5),
        ("tanh'(a) - (1 - tanh(a)^2)", 0.0),
        ("σ′(a) - σ(a)*(1 - σ(a))", 0.0),
        ("relu'(a) + relu'(b)", 1.0),
        ("[a > b]", 1.0),
        ("[b>a] + 2*[a >= a] + 4*[a<=b]", 2.0),
        ("[a > a] + 2*[b < b]", 0.0),
        ("[2*a - b < a^2 + 10] * a", 1.5),
        ("[a ≥ b] - [b ≤ a] + [[a > b] > 0]", 1.0),
        ("[a + b] * [max(a, b) > -1]^2", 0.75),
        ('float("inf")', math.inf),
        ("-inf", -math.inf),
        ("1/3", 1 / 3),
        ("9**9**9", math.inf),
        ("1e999", math.inf),
    ],
)
def test_spellings(text, value):
    """Ways to write arithmetic, powers, roots, absolute values and functions."""
    assert read(text) == pytest.approx(value, abs=1e-15)


def test_fractions_of_any_length():
    """A fraction of whole numbers is one number, however long the two are."""
    assert read(f"{'1' + '0' * 500} / {'4' + '0' * 500}") == 0.25
    assert read(f"a * {'7' * 400} / {'7' * 400}") != 1.5  # read from the left, it overflows as in floats
    assert read(f"a * ({'7' * 400} / {'7' * 400})") == 1.5


# --- names ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("label", "text"),
    [
        ("a b", '"a b"'),
        ("a b", "a_b"),
        ('"q"\\', r'"\"q\"\\"'),
        ("x²", "x²"),
        ("x²", "x2"),
        ("w'", "w'"),
        ("layer1.w[3]", "layer1.w[3]"),
        ("lambda", "lambda"),
        ("sigmoid", "sigmoid"),
        ("σ", "σ"),
        ("e", "e"),
        ("π", "π"),
        ("∂y/∂x", '"∂y/∂x"'),
        ("y\n", '"y\\n"'),
        ("", "v1"),
        ("(a", '"(a"'),
    ],
)
def test_names_of_labels(label, text):
    """A label is found by the text that formula() has for it, plain or Python, before any other meaning of it."""
    assert read(text, {label: 0.125}) == 0.125
    assert read(f"2 * {text} + {text}", {label: 0.125}) == 0.375


def test_functions_and_names_alike():
    """A label may be the name of a function: with a bracket behind it, it is the function."""
    assert read("exp + exp(exp)", {"exp": 1.0}) == pytest.approx(1.0 + math.e)


def test_superscripts_of_names():
    """x² is the label x² if there is one, else the square of x."""
    assert read("x²", {"x": 3.0}) == 9.0
    assert read("x²", {"x": 3.0, "x²": 5.0}) == 5.0
    assert read("x'", {"x'": 5.0}) == 5.0


def test_derivatives_by_name():
    """Derivatives of named quantities may be used by name, in both spellings."""
    example = era_s6()
    y = example.loss(example.network())
    setting = Setting(y)
    for text in (
        "∂E_total/∂o1 * a_h1",
        "∂E_total / ∂o1 · a_h1",
        "dE_total/do1*a_h1",
        "∂E1/∂o1 * ∂o1/∂w5",
        "dE1/do1 * do1/dw5",
    ):
        node, _ = computed(operands_first(tree_of(text, setting.texts)), setting.here.named)
        assert node.data == pytest.approx(0.012880818631628, rel=1e-12)
    # d and E are names here: then it is a quotient
    assert read("dE/dw", {"dE": 6.0, "dw": 2.0, "E": 1.0, "w": 1.0}) == 3.0


@pytest.mark.parametrize(
    "text",
    [
        "y = δ * a\n  where δ = b + 1",
        "δ = b + 1\ny = δ * a",
        "δ = b + 1\nδ * a",
        "δ = b + 1; δ·a",
        "dE/do = b + 1\ndE/dw = dE/do * a",
        "∂E/∂o = b + 1\n∂E/∂w = ∂E / ∂o * a",
        "y = u * a where u = v + 1 where v = b",
        "y = u * a\n  where v = b\n        u = v + 1",
        "y = (b +\n 1) *\n a",
        "u = b\n + 1\nu * a",
        "u = -b\n-u * a + a",
        "u * a, u = b + 1",
        "y = u * a, u = v + 1, v = b",
        "u = b + 1, g = u * a",
        "dE/do * a, dE/do = b + 1",
        "max(u, u) * a, u = b + 1",
        "y\n = (b + 1) * a",
    ],
)
def test_equations_and_definitions(text):
    """A formula may be an equation, with definitions after "where" or in lines before, and go on over lines."""
    assert read(text) == pytest.approx((NUMBERS["b"] + 1) * NUMBERS["a"])


@given(programs(most=8), st.sampled_from(["plain", "python"]))
def test_what_formula_prints_is_read(steps, style):
    """The text of any node, in both styles, is read back to the number that it has."""
    nodes = build(steps)
    y = nodes[-1]
    for k, node in enumerate(nodes[:-1]):
        if k % 2:
            node.label = f"h{k}"
    text = formula(y, style=style)
    setting = Setting(y)
    node, _ = computed(operands_first(tree_of(text, setting.texts)), setting.here.named)
    assert node.data == pytest.approx(y.data, rel=1e-9, abs=1e-9)


@given(programs(most=8))
def test_trees_of_derivatives(steps):
    """The tree of a simplified derivative gives the gradient, and its text read back the same."""
    nodes = build(steps)
    y, x = nodes[-1], nodes[0]
    setting = Setting(y)
    written = from_formula(read_derivative(y, x, setting.names))
    if any(isinstance(part, Name) and part.text is None for part in operands_first(written)):
        return  # parts are named that only the text has
    assert floats(operands_first(written), setting.here.number)[written] == pytest.approx(
        grad(y, x).data, rel=1e-6, abs=1e-6
    )


def test_trees_of_powers():
    """Powers above and below the stroke keep their exponents."""
    x = Value(3.0, "x")
    for y in (x**5.0, 2.0 / x**3.0, x.tanh() ** -2.0, -(x**3.0) * 0.25):
        setting = Setting(y)
        tree = from_formula(read_derivative(y, x, setting.names))
        assert floats(operands_first(tree), setting.here.number)[tree] == pytest.approx(grad(y, x).data, rel=1e-12)


# --- what is no formula --------------------------------------------------------------------------------------------

LONG = "a_h1" + " + a_h1" * 50_000


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the formula is empty"),
        ("\n;", "the formula is empty"),
        ("(a - b", "the ( at the start is never closed"),
        ("2 * max(a, b", "the ( after '2 * max' is never closed"),
        ("a - b)", "the ) after 'a - b' was never opened"),
        ("(a]", "the ] after '(a' does not close the ( at the start"),
        ("|a", "the | at the start is never closed"),
        ("a|", "the | after 'a' was never opened"),
        ("(|a)|", "the ) after '(|a' does not close the |"),
        ("2a", "between '2' and 'a' an operator is missing; for a product write *"),
        ("a (b)", "between 'a' and '(' an operator is missing; for a product write *"),
        ("(a)(b)", "between ')' and '(' an operator is missing"),
        ("a b", "between 'a' and 'b' an operator is missing"),
        ("a +", "after '+' the formula ends"),
        ("* a", "before '*' a name, a number or a bracket is missing at the start"),
        ("a + * b", "before '*' a name, a number or a bracket is missing after 'a +'"),
        ("()", "in front of the closing bracket a name, a number or a bracket is missing"),
        ("a_h2", "the name 'a_h2' is not known; did you mean a_h1?"),
        ("zzz", "the name 'zzz' is not known; known are a, a_h1, b, w5"),
        ("sin a", "sin is a function: what it is taken of stands in brackets, sin(...)"),
        ("foo(a)", "'foo' is no function; known are ReLU, abs, acos"),
        ("sigmod(a)", "'sigmod' is no function; did you mean sigmoid?"),
        ("__import__('os')", "'__import__' is no function"),
        ("a.__class__", "the name 'a.__class__' is not known"),
        ("a.data", "the name 'a.data' is not known"),
        ("lambda: 1", "the name 'lambda' is not known"),
        ("max(a)", "max() takes 2 arguments, got 1"),
        ("σ(a, b)", "σ() takes 1 argument, got 2"),
        ("max'(a, b)", "max'() takes 1 argument, got 2"),
        ("max'(a)", "maximum has two arguments"),
        ("0,5 * a", "the comma after '0' separates nothing; decimals have a point: 0.5"),
        ("(a, b)", "the comma after '(a' separates nothing"),
        ("a == b", "'==' after 'a' stands inside the formula"),
        ("u = b = 2\nu", "a second equals sign after 'u = b'; give one formula"),
        ("y =", "there is no formula after the equals sign"),
        ("u = u + 1\nu", "'u' is defined by itself"),
        ("u = v\nv = u\nu", "'u' is defined by itself"),
        ("u = 1\nu = 2\nu", "'u' is defined twice"),
        ("a * b = 1\na", "what is defined at the start is no name: a * b"),
        ("a\nb", "there are two formulas, one at the start; a definition is a name"),
        ("a > b", "the > after 'a' compares two formulas, which stand in square brackets: [a > b]"),
        ("(a <= b) * a", "the <= after '(a' compares two formulas"),
        ("[a > b > 1]", "the > after '[a > b' compares two formulas"),
        ("[a > b", "the [ at the start is never closed"),
        ("[a > b)", "does not close the [ at the start"),
        ("[a > ]", "a name, a number or a bracket is missing"),
        ("a @ b", "@ after 'a' has no meaning in a formula"),
        ("a $ b", "$ after 'a' has no meaning"),
        ("a ? b", "? after 'a' has no meaning"),
        ("'a'", "' at the start has no meaning in a formula; labels that are no words are quoted"),
        ('"a', "the quotation mark at the start is never closed"),
        ("\\frac{a}{b}", "\\ at the start has no meaning"),
        ("a\u200b", r"\u200b after 'a' has no meaning"),
        ("a \u202e b", r"\u202e after 'a' has no meaning"),
        ("\x00", r"\x00 at the start has no meaning"),
        ("a⁻", "is no exponent"),
        ("(a)²⁻", "is no exponent"),
        ("a²⁻³", "is no exponent"),
        ("√a", "after √ a bracket is due"),
        ("∂q/∂a", "'∂q/∂a' is not known"),
        ("9" * 2000, "a number of 2,000 digits at the start is too long"),
        ("x" * 10_000_000, "a formula of 10,000,000 characters is too long to read, the limit is 100,000"),
        (LONG, "a formula of 350,004 characters is too long"),
        ("a\n" * 3000 + "=", "more than 2,000 lines"),
        ("1e5e5", "between '1e5' and 'e5' an operator is missing"),
        ("1_000", "between '1' and '_000' an operator is missing"),
        ("a if b else a", "between 'a' and 'if' an operator is missing"),
        ("[x for x in a]", "the name 'x' is not known"),
        ("a; import os", "there are two formulas"),
    ],
)
def test_what_is_no_formula(text, message):
    """The error says what is wrong and where, and what to write instead; it is of a sensible length."""
    with pytest.raises(FormulaError) as caught:
        read(text)
    said = str(caught.value)
    assert message in said
    assert len(said) < 600
    assert not set(said) & set("\x00\u202e\u200b")
    assert isinstance(caught.value, ValueError)


@given(st.text(alphabet=st.sampled_from(list("ab12.+-*/^()|[]{},=σ∂²'\"\\ \n;e")), max_size=30))
def test_any_text(text):
    """Any text is a formula or a FormulaError, never another error."""
    with contextlib.suppress(FormulaError):
        assert isinstance(read(text), float)


def test_depth():
    """Brackets and signs may be nested as deep as the text allows, whatever Python's limit of recursion."""
    deep = 10_000
    assert deep > sys.getrecursionlimit()
    assert read("(" * deep + "a" + ")" * deep) == 1.5
    assert read("-" * deep + "a") == 1.5
    assert read("σ(" * 1000 + "a" + ")" * 1000) == pytest.approx(0.6590460684074)
    with pytest.raises(FormulaError, match="never closed"):
        read("(" * deep + "a")
    assert read("a" + "^1" * deep) == 1.5
    assert read("a + " * 10_000 + "a") == pytest.approx(1.5 * 10_001)


def test_nothing_is_run(monkeypatch):
    """Reading a formula neither evaluates nor compiles nor imports."""

    def forbidden(*args, **kwargs):
        raise AssertionError("run")

    y = era_s6().loss(era_s6().network())
    texts = Setting(y).texts
    read_statement("a_o1 + σ(o1)", texts)  # whatever is imported when first needed
    for name in ("eval", "exec", "compile", "__import__"):
        monkeypatch.setattr(builtins, name, forbidden)
    assert read_statement("(a_o1 - t1) * a_o1 * (1 - a_o1) * a_h1 + σ'(o1)", texts) is not None
    for text in ("__import__('os').system('x')", "eval(a_o1)", "exec(1)", "open(a_o1)"):
        with pytest.raises(FormulaError, match="is no function"):
            read_statement(text, texts)


def test_the_graph_is_untouched():
    """Reading adds no node to the graph and no label."""
    y = era_s6().loss(era_s6().network())
    before = list(named(y))
    Setting(y)
    assert list(named(y)) == before
