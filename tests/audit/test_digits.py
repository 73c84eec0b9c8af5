"""Claims: digits, rounding, numbers in other words."""

import math
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from claimed import network

from autograd_lite import (
    Value,
    formula,
    grad,
    sigmoid,
)
from autograd_lite.audit import check_claims

# --- digits -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("claim", "right"),
    [
        (3, True),
        (3.0, True),
        ("3", True),
        ("3.00", True),
        ("+3.0", True),
        ("≈ 3.0", True),
        ("3e0", True),
        ("0.3·10^1", True),
        ("0.03 × 10²", True),
        ("30*10**-1", True),
        (Decimal("3.0"), True),
        (Fraction(3), True),
        (np.int64(3), True),
        (np.float64(3.0), True),
        (2.9999999999999996, True),
        ("−3.0", False),
        (3.01, False),
        ("3.1", False),
        (Fraction(301, 100), False),
        (Decimal("3.0000000001"), False),
        ("3.0000000001", False),
        (math.nan, False),
        (math.inf, False),
        ("-inf", False),
    ],
)
def test_numbers(claim, right):
    """Numbers of every type and spelling are read, and a gradient of 3 is 3."""
    y = Value(2.0, "a") * Value(3.0, "b")
    assert check_claims(y, {"a": claim}).ok is right


def test_half_a_unit():
    """A number stands for half a unit of its last digit on both sides."""
    for gradient, right in ((0.08215, True), (0.082249, True), (0.08226, False), (0.08214, False)):
        x = Value(1.0, "x")
        assert check_claims(x * gradient, {"x": "0.0822"}).ok is right
        assert check_claims(x * gradient, {"x": 0.0822}).ok is right
    x = Value(1.0, "x")
    assert check_claims(x * 138.8338, {"x": "139."})
    row = check_claims(x * 138.8338, {"x": "139"})["x"]
    assert row.verdict == "wrong"
    assert "a number without a point counts as exact" in row.note


def test_options():
    """`digits` demands significant digits; rtol and atol take the place of digits and bounds, for formulas too."""
    _, y = network()
    assert check_claims(y, {"w5": "0.013"})
    row = check_claims(y, {"w5": "0.013"}, digits=3)["w5"]
    assert row.verdict == "too few digits"
    assert check_claims(y, {"w5": "0.0129"}, digits=3)
    assert check_claims(y, {"w5": 0.0129}, rtol=0.01)
    assert not check_claims(y, {"w5": 0.0129}, rtol=1e-4)
    assert check_claims(y, {"w5": 0.0129}, atol=1e-4)
    claim = {"w5": "(a_o1 - t1) * a_o1 * (1 - a_o1) * a_h1 * 1.0001"}
    assert not check_claims(y, claim)
    assert check_claims(y, claim, rtol=1e-3)


def test_few_digits_are_no_certainty():
    """With two digits several mistakes fit: they are called guesses, the simplest first."""
    _, y = network()
    report = check_claims(y, {"w5": "0.02"})
    row = report["w5"]
    assert len(row.mistakes) > 1
    assert row.chance > 0.05
    assert [m.cost for m in row.mistakes] == sorted(m.cost for m in row.mistakes)
    assert "may be:" in str(report)
    assert "guess" in str(report)
    assert "explained:" not in str(report)


# --- what rounding leaves ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("at", [3.0, 0.0, 8192.0, -0.7])
@pytest.mark.parametrize(
    "claim", ["5*x + 1e20 - 1e20", "7*x + 1e17 - 1e17", "x + 1e20 - x - 1e20", "2.0005*x + 1e12 - 1e12"]
)
def test_a_formula_does_not_set_its_own_tolerance(claim, at):
    """A wrong formula whose terms cancel until only rounding is left is never right, nor is it in a zero gradient."""
    x, z = Value(at, "x"), Value(2.0, "z")
    assert not check_claims(x * x, {"x": claim})
    row = check_claims(x * 0.0 + z, {"x": claim.replace("x", "z")})["x"]
    assert row.verdict in {"wrong", "cannot be judged"}


def test_what_is_lost_in_a_formula():
    """Of a formula that rounding leaves nothing of that is said, with the number of points; a small loss is none."""
    x = Value(3.0, "x")
    row = check_claims(x * x, {"x": "2*x + 1e20 - 1e20"})["x"]
    assert (row.verdict, row.points) == ("cannot be judged", 9)
    assert row.note == "rounding leaves too few digits of what it gives to compare"
    assert check_claims(x * x, {"x": "2*x + 1e5 - 1e5"})
    big = (x + 1e20) - 1e20
    row = check_claims(big * x, {"x": "2*x"})["x"]
    assert row.verdict == "cannot be judged"
    assert row.note == "rounding leaves too few digits of the gradient to compare"


def test_a_formula_that_rounding_hides_here():
    """A formula that cannot be told from the gradient here, but elsewhere, is judged there."""
    x = Value(1e-9, "x")
    y = (x.exp() - 1.0) / x
    assert check_claims(y, {"x": formula(y, "x")})
    row = check_claims(y, {"x": "0.5 + 0 * x"})["x"]
    assert (row.verdict, row.note) == ("wrong", "at this point rounding hides it, elsewhere it is wrong")


def test_zero_as_the_difference_of_what_is_equal():
    """A formula that is zero but for rounding is right where the gradient is, and only there."""
    x, z = Value(2.7, "x"), Value(3.1, "z")
    y = x * 0.0 + z
    for zero in ("z*x*1.1 - x*(z*1.1)", "z - z", "0"):
        assert check_claims(y, {"x": zero})
    assert not check_claims(y, {"x": "1e-9 * z"})
    assert not check_claims(x * z, {"x": "z*x*1.1 - x*(z*1.1)"})


def test_cancelling_near_convergence():
    """The tutorials' formula is right where the output has met its target, and where 1 - a is rounding."""
    for at, off in ((0.1, 1e-15), (0.1, 0.0), (37.5, 0.3), (36.0, 1e-9)):
        o = Value(at, "o")
        a = sigmoid(o)
        a.label = "a"
        y = (a - Value(a.data - off, "t")) ** 2.0 * 0.5
        assert check_claims(y, {"o": "(a - t) * a * (1 - a)"})
        assert not check_claims(y, {"o": "(a - t) * a * (1 + a)"})
        assert check_claims(y, {"o": grad(y, o).data})


def test_the_same_steps_in_a_chaotic_graph():
    """Where rounding leaves no digit anywhere, a claim of the same steps is the same number everywhere, and right."""
    x = Value(0.3, "x")
    y = x
    for _ in range(90):
        y = 3.9 * y * (1.0 - y)
    gradient = grad(y, x)
    assert check_claims(y, {"x": gradient})
    assert check_claims(y, {"x": gradient.data})
    assert check_claims(y, {"x": gradient * 2.0})["x"].verdict in {"wrong", "cannot be judged"}
    assert check_claims(y, {"x": 1.5})["x"].verdict == "cannot be judged"


@pytest.mark.parametrize("claim", [7, "7", 100, -50, 123.456789012345, 0.5, "0.5", "-81.7", 0, "0.0"])
def test_a_gradient_of_which_no_digit_is_certain(claim):
    """A number cannot be judged where rounding leaves nothing of the gradient: the true slope is 0.5 here."""
    x = Value(1e-9, "x")
    row = check_claims((x.exp() - 1.0) / x, {"x": claim})["x"]
    assert row.gradient == pytest.approx(-81.74, abs=0.01)
    assert row.verdict == "cannot be judged"
    assert row.note == "rounding leaves no digit of this gradient"
    assert not row.mistakes
    assert check_claims((x.exp() - 1.0) / x, {"x": 1e9})["x"].verdict == "wrong"
    assert check_claims((x.exp() - 1.0) / x, {"x": claim}, atol=1e3)


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        ("0.5", "right"),
        ("0.50", "right"),
        ("0.4999", "cannot be judged"),
        ("0.50001", "cannot be judged"),
        (0.500001234567891, "cannot be judged"),
        ("0.6", "wrong"),
        ("0.51", "wrong"),
        (0.51, "wrong"),
    ],
)
def test_a_gradient_of_which_some_digits_are_certain(claim, verdict):
    """A number is right to no more digits than rounding leaves, and wrong beyond what it may have changed."""
    x = Value(1e-6, "x")
    row = check_claims((x.exp() - 1.0) / x, {"x": claim})["x"]
    assert row.gradient == pytest.approx(0.5, abs=1e-3)
    assert row.verdict == verdict
    assert verdict != "cannot be judged" or row.note == "rounding leaves only 2 digits of this gradient"


def test_digits_beyond_rounding():
    """Nine digits of a gradient that has seven certain ones may differ in the last ones, not before."""
    x, big = Value(1.1, "x"), Value(1e8, "big")
    z = ((x + big) * (x + big) - big * big) * 1e-8
    g = grad(z, big).data
    assert check_claims(z, {"big": f"{g:.8e}"})
    assert check_claims(z, {"big": f"{g * (1 + 3e-8):.8e}"})["big"].verdict == "cannot be judged"
    assert not check_claims(z, {"big": f"{g * (1 + 3e-6):.8e}"})["big"].ok
    assert check_claims(z, {"big": f"{g * (1 + 3e-6):.8e}"})["big"].verdict != "cannot be judged"


# --- digits -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("gradient", "claim", "digits", "verdict"),
    [
        (0.15004, 0.15, 3, "right"),
        (0.15004, 0.15, 4, "right"),
        (0.15004, 0.15, 5, "too few digits"),
        (0.15, 0.15, 17, "right"),
        (0.5, 0.5, 3, "right"),
        (-0.5, -0.5, 3, "right"),
        (0.151, 0.15, 3, "too few digits"),
        (0.1505, 0.15, 3, "right"),
        (0.1506, 0.15, 3, "too few digits"),
        (0.15004, np.float32(0.15), 3, "right"),
        (0.15004, "0.15", 3, "too few digits"),
        (0.15004, "0.150", 3, "right"),
        (0.15004, Decimal("0.15"), 3, "too few digits"),
        (0.15004, Decimal("0.150"), 3, "right"),
        (0.151, 0.16, 3, "wrong"),
    ],
)
def test_zeros_that_a_float_does_not_keep(gradient, claim, digits, verdict):
    """A float has the digits that are asked for if the gradient, rounded to so many, ends in the zeros it lost."""
    x = Value(1.0, "x")
    row = check_claims(gradient * x, {"x": claim}, digits=digits)["x"]
    assert row.verdict == verdict
    if verdict == "right" and digits < 10:
        assert row.note == f"to {digits} digits"


@pytest.mark.parametrize(
    ("claim", "verdict", "note"),
    [
        ("0.574*0.426", "right", "as far as the digits of its numbers go"),
        ("0.57*0.43", "wrong", "count as exact"),
        ("0.574*0.43", "wrong", "count as exact"),
        ("0.570*0.430", "wrong", ""),
        ("0.5740000*0.426", "right", "as far as the digits of its numbers go"),
        ("0.5741*0.426", "right", "as far as the digits of its numbers go"),
        ("0.5750*0.4256", "wrong", ""),
        ("0.57*0.44", "wrong", ""),
        ("0.57*0.4", "wrong", ""),
        ("0.6*0.4", "wrong", ""),
        ("0.25", "wrong", ""),
    ],
)
def test_numbers_of_two_digits(claim, verdict, note):
    """In a calculation they count as exact; if they may be rounded, that is said, and no other mistake is alleged."""
    x, other = Value(1.0, "x"), Value(1.0, "other")
    y = 0.5744 * 0.4256 * x + 0.57 * 0.43 * other
    row = check_claims(y, {"x": claim})["x"]
    assert row.verdict == verdict
    assert (note in row.note) if note else ("exact" not in row.note)
    assert not (note and row.mistakes)


@pytest.mark.parametrize(
    ("claim", "verdict", "note"),
    [
        ("6.283*r", "right", "as far as the digits of its numbers go"),
        ("2*3.1416*r", "right", "as far as the digits of its numbers go"),
        ("6.29*r", "wrong", ""),
        ("6.3*r", "wrong", "numbers of two digits, such as 0.25, count as exact"),
        ("6.5*r", "wrong", ""),
        ("12.566", "right", "to 5 digits"),
        ("6.280*r", "wrong", ""),
        ("6.2800000*r", "wrong", ""),
        ("6.2830*r", "wrong", ""),
        ("6.284*r", "wrong", ""),
        ("62.83e-1*r", "right", "as far as the digits of its numbers go"),
        ("-(-6.283)*r", "right", "as far as the digits of its numbers go"),
        ("6.283*r*(0.101 - 0.100 + 1)", "right here only", ""),
        ("6.283*(0.101 - 0.100)*1000*r", "cannot be judged", "the numbers in it have too few digits to tell"),
        ("3.142*r^2", "right here only", ""),
        ("3.142*(r + 2)", "right here only", "the numbers in it are right at this point only"),
        ("1.23456789012*1.620000096*pi*r", "wrong", ""),
    ],
)
def test_rounded_numbers_in_formulas(claim, verdict, note):
    """A formula with rounded numbers is right as far as these go, if it is so at every point."""
    r = Value(2.0, "r")
    y = math.pi * r * r
    row = check_claims(y, {"r": claim})["r"]
    assert row.verdict == verdict
    assert note in row.note
    assert check_claims(y, {"r": claim}, rtol=1e-9)["r"].verdict in {"wrong", "right here only"}
    if verdict == "right" and note.startswith("as far"):
        assert check_claims(y, {"r": claim}, digits=6)["r"].verdict == "too few digits"
        assert check_claims(y, {"r": claim}, rtol=1e-3)["r"].ok
    if verdict == "wrong" and claim != "6.3*r":
        assert "exact" not in row.note
    if claim.startswith("1.23"):
        assert "it is 1.00000005 times the gradient" in [mistake.text for mistake in row.mistakes]
    if claim == "6.283*r":
        assert row.points == 5


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        ("1000.1*x + 0.002*z", "right"),
        ("1000.1*x + 0.001*z", "right here only"),
        ("1000.1*x + 0.004*z", "right here only"),
        ("1000.1*x + 0.00204*z", "right here only"),
        ("1000.1*x", "right here only"),
    ],
)
def test_a_rounded_number_hides_no_wrong_one(claim, verdict):
    """What the digits of one number leave open covers no other mistake."""
    x, z = Value(3.0, "x"), Value(2.0, "z")
    y = 1000.1 / 2.0 * x * x + 0.002 * z * x
    assert check_claims(y, {"x": claim})["x"].verdict == verdict


@pytest.mark.parametrize(("claim", "verdict"), [("x^1.333", "right"), ("x^1.334", "wrong"), ("x^0.333*x", "right")])
def test_rounded_exponents(claim, verdict):
    """Numbers that a formula is not linear in may be rounded too."""
    x = Value(3.0, "x")
    y = 3.0 / 7.0 * x ** (7.0 / 3.0)
    assert check_claims(y, {"x": claim})["x"].verdict == verdict


def test_numbers_in_nodes_are_exact():
    """A claim that is a node has its constants to all digits."""
    r = Value(2.0, "r")
    y = math.pi * r * r
    assert check_claims(y, {"r": 6.283 * r})["r"].verdict == "wrong"
    assert check_claims(y, {"r": 2.0 * math.pi * r})


def test_one_point_tells_nothing_of_rounded_numbers():
    """Where nothing can be moved, a formula with rounded numbers is right here only."""
    r = Value(2.0, "r")
    row = check_claims(math.pi * r * r, {"r": "6.283*r"}, held=[r])["r"]
    assert (row.verdict, row.note, row.points) == ("right", "as far as the digits of its numbers go", 1)
    assert check_claims(math.pi * r * r, {"r": "6.29*r"}, held=[r])["r"].verdict == "wrong"


@pytest.mark.parametrize(
    ("make", "claim", "verdict"),
    [
        (lambda x: math.pi * x * x, "6.283*x", "right"),
        (lambda x: math.pi * x * x, "6.29*x", "right here only"),
        (lambda x: math.pi * x * x + 3.0 * x, "6.283*x + 3", "right"),
        (lambda x: math.pi * x * x + 3.0 * x, "6.283*x + 3.1", "wrong"),
        (lambda x: sigmoid(1.5707963267948966 * x), "pi/8 * (1 - tanh(0.785*x)^2)", "right"),
        (lambda x: sigmoid(1.5707963267948966 * x), "pi/8 * (1 - tanh(0.795*x)^2)", "right here only"),
    ],
)
def test_rounded_numbers_where_they_are_not_seen(make, claim, verdict):
    """Where a formula with a rounded number is right at the point whatever the number is, other points tell."""
    x = Value(0.0, "x")
    assert check_claims(make(x), {"x": claim})["x"].verdict == verdict
    loose = check_claims(make(x), {"x": claim}, rtol=1e-12)["x"].verdict
    assert loose == ("wrong" if verdict == "wrong" else "right here only")


@pytest.mark.parametrize(
    ("claim", "digits"),
    [("6.283*x", 4), ("12.57*1", 4), ("2*6.283", 4), ("6.2832*x", 5), ("6.283185*x", 7), ("62.83*0.1*x", 4)],
)
def test_how_many_digits_a_formula_has(claim, digits):
    """A formula with a rounded number has as many digits as that has, in the place where they stand."""
    x = Value(2.0, "x")
    y = math.pi * x * x
    for due in range(1, digits + 2):
        row = check_claims(y, {"x": claim}, digits=due)["x"]
        assert row.verdict == ("right" if due <= digits else "too few digits")
    assert row.note.endswith(f"its numbers give {digits}")
    assert check_claims(x * 0.6666666666666, {"x": "0.667*1"}, digits=3)


@pytest.mark.parametrize(
    "claim", ["2*r + 1e-9999999", "1e9999999", "2*r*1e3000000", "h = 1e-9999999; 2*r", "2*r*1e-99999"]
)
def test_powers_of_ten_beyond_all(claim):
    """A number whose power of ten is beyond the floats, and beyond what Decimal takes, is zero or infinite."""
    r = Value(3.0, "r")
    assert check_claims(r * r, {"r": claim})["r"].verdict in {"right", "wrong"}


def test_one_point_tells_nothing_of_other_names():
    """Where nothing can be moved, a formula is compared at one point."""
    r = Value(2.0, "r")
    assert check_claims(math.pi * r * r, {"r": "2*pi*r"}, held=[r])["r"].points == 1


# --- numbers in other words -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("claim", "right"),
    [
        ("(-33)", True),
        ("((-33.0))", True),
        ("( - (33) )", True),
        ("-33;", True),
        ("+-33", True),
        ("-+33", True),
        ("−33", True),
        ("+−33", True),
        ("–(33)", True),
        ("--33", False),
        ("-(-33)", False),
        ("33", False),
        ("w=-33", True),
        ("dy/dw = -33.0", True),
        ("-66/2", True),
        ("-11*3", True),
        ("-11*3.0", True),
        ("-(5^2 + 2^3)", True),
        ("-(1/11)^-1*3", True),
        ("-11 - 22", True),
        ("-66/2 + 1e-9", False),
        ("-33 + 1e20 - 1e20", True),
        ("7 + 1e20 - 1e20", False),
        ("-33 + 0.1*1e20 - 1e19", True),
        ("-sqrt(33)^2", True),
        ("-sqrt(33)^2*1.00001", False),
        ("exp(1)", False),
        ("-33/0", False),
        ("-33*0^-1", False),
        ("10^400", False),
        ("-10^400", False),
        ("-33*nan", False),
        ("2^(1/2)", False),
        ("2^100000", False),
        ("-32.99 * 1.0004", True),
        ("-32.99 * 1.0003", True),
        ("-32.99 * 1.0007", False),
        ("2*(w*x + b)*x = -33.0", True),
        ("2*(w*x + b)*x = -33.1", False),
    ],
)
def test_numbers_in_other_words(claim, right):
    """A number in brackets, with signs or as a calculation with numbers only is judged as a number."""
    w, x, b = Value(2.0, "w"), Value(3.0, "x"), Value(-11.5, "b")
    y = (w * x + b) ** 2.0
    y.label = "y"
    report = check_claims(y, {"w": claim})
    assert report.ok is right
    assert report["w"].verdict != "right here only"
    positive = check_claims(-y, {"w": f"-({claim})"})
    assert positive.ok is right or "=" in claim or ";" in claim


@pytest.mark.parametrize(
    ("claim", "verdict", "note"),
    [
        ("∂E_total/∂w5 = 0.012880818631628248", "right", ""),
        ("0.106 * 0.239 * 0.507", "right", "as far as the digits of its numbers go"),
        ("0.106 * 0.235 * 0.507", "wrong", ""),
        ("0.106477732 * 0.238662493 * 0.506874567 = 0.01288", "right", "as far as the digits of its numbers go"),
        ("0.106477732 * 0.238662493 * 0.506874567 = 0.01289", "last digit wrong", "of the part '0.01289'"),
        ("exp(0.123)*0.01139", "right", "as far as"),
        ("0.013 + 123.456 - 123.456", "cannot be judged", "the numbers in it have too few digits to tell"),
        ("0.013 + exp(50) - exp(50)", "cannot be judged", "rounding leaves too few digits of what it gives"),
        ("0.5 - 123.456", "wrong", ""),
        ("0.123 - 0.110", "cannot be judged", "too few digits"),
        ("0.123 - 0.123", "wrong", ""),
        ("2 * 9.733645946766581e-113 + 1", "wrong", ""),
        ("2 * (0)", "wrong", ""),
    ],
)
def test_calculations(claim, verdict, note):
    """A calculation with numbers is right as far as the digits of these tell, and explained where it is wrong."""
    _, y = network()
    row = check_claims(y, {"w5": claim})["w5"]
    assert (row.verdict, note in row.note) == (verdict, True), row
