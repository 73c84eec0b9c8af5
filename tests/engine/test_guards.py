"""Guards that nothing else holds: outside a domain, near far zeros, what messages say, what reaches the disk when."""

import math
import os
import threading
from fractions import Fraction

import numpy as np
import pytest
from strategies import ROWS

from autograd_lite import Value
from autograd_lite.engine import value
from autograd_lite.engine.chain import describe
from autograd_lite.engine.ieee import number, short
from autograd_lite.storage.files import write_whole
from autograd_lite.testing import oracle
from autograd_lite.testing.oracle import ULPS, ulps
from autograd_lite.text.python import decimal

# --- outside the domain --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "point"),
    [
        ("log", (-1.0,)),
        ("log", (-5e-324,)),
        ("log", (-math.inf,)),
        ("log1p", (-2.0,)),
        ("log1p", (-math.inf,)),
        ("sqrt", (-1.0,)),
        ("asin", (1.5,)),
        ("asin", (-1.5,)),
        ("acos", (1.5,)),
        ("acos", (-1.5,)),
        ("inverse", (-1.0,)),
        ("xlogy", (1.0, -1.0)),
        ("xlog1py", (1.0, -2.0)),
        ("pow", (-2.0, 0.5)),
    ],
)
def test_outside_the_domain(name, point):
    """Outside its domain an operation has no value: NaN, not the infinity of the edge, and no error."""
    assert math.isnan(ROWS[name](*point))


# --- zeros of sine and cosine, and of odd functions ----------------------------------------------------------------

NEAR_ZEROS = [  # numerators of the continued fraction of pi/2: whole numbers nearest to a multiple of it, odd and even
    *(260515, 5419351, 42781604, 122925461, 411557987, 534483448, 2549491779, 17969367914, 21053343141, 881156436695),
    *(8958937768937, 139755218526789, 214112296674652, 5920787228742393, 6134899525417045),
]


@pytest.mark.parametrize("name", ["sin", "cos", "tan"])
@pytest.mark.parametrize("sign", [1, -1])
def test_far_zeros(name, sign):
    """Near its zeros and poles far from 0, sine, cosine and tangent keep their digits, and their signs."""
    for x in NEAR_ZEROS:
        for scale in (1.0, 2.0, 4.0):
            point = float(sign * x * scale)
            assert ulps(ROWS[name](point), oracle.value(name, point)) <= ULPS, point


@pytest.mark.parametrize("name", ["sin", "tan", "asin", "atan", "sinh", "tanh", "expm1", "log1p"])
def test_zero_keeps_its_sign(name):
    """An odd function of -0.0 is -0.0 (C99)."""
    for zero in (0.0, -0.0):
        assert math.copysign(1.0, ROWS[name](zero)) == math.copysign(1.0, zero)


def test_the_slope_of_a_first_power_at_nan():
    """The first derivative of a**1 is 1 for every a (C99: pow(NaN, 0) is 1), and its slope along a is 0."""
    row = ROWS["pow_slope"]
    assert row(math.nan, 1.0) == 1.0
    assert row.partials(1.0, math.nan, 1.0)[0] == 0.0


# --- what messages say ---------------------------------------------------------------------------------------------


class Scalar:
    """Has no dimensions, like a scalar of NumPy, but is no number."""

    shape = ()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (None, "got NoneType"),
        ([1.0], "got list"),
        ("two", "got str 'two'"),
        (b"two", "got bytes b'two'"),
        (1j, "got complex 1j"),
        (Scalar(), "got Scalar"),
        (Value(3.0), "got Value; the number in it is its .data"),
    ],
)
def test_what_is_no_number(given, said):
    """The message names the type; text is shown, other things are not; only for a node there is a remedy."""
    expected = f"expected a real number (int, float, NumPy scalar, Fraction, Decimal), {said}"
    with pytest.raises(TypeError) as caught:
        number(given)
    assert str(caught.value) == expected


@pytest.mark.parametrize("x", [np.array("text"), np.array(None), np.complex128(1.0)])
def test_what_is_no_number_in_numpy(x):
    """A NumPy scalar or array without dimensions is a number only if it is of a real type."""
    with pytest.raises(TypeError, match="expected a real number"):
        number(x)


def test_long_text_in_a_message():
    """Up to 40 characters are shown whole, quotes included; of longer text 37 and dots, 40 in all."""
    assert short("x" * 38) == repr("x" * 38)
    assert short("x" * 39) == "'" + "x" * 36 + "..."
    assert len(short("x" * 1000)) == 40


def test_long_labels_in_a_message():
    """A label of up to 40 characters is shown whole; of a longer one 37 and dots."""
    assert describe(Value(1.0, "x" * 40)) == repr("x" * 40)
    assert describe(Value(1.0, "x" * 41)) == repr("x" * 37 + "...")


# --- files ---------------------------------------------------------------------------------------------------------


def test_all_is_on_the_disk_before_the_rename(tmp_path, monkeypatch):
    """The content has left Python's buffer when the file is synchronised, and that is before it gets its name."""
    seen = []

    def look(handle):
        seen.append((os.fstat(handle).st_size, (tmp_path / "a.txt").exists()))

    monkeypatch.setattr(os, "fsync", look)
    write_whole(tmp_path / "a.txt", "text")
    assert seen == [(4, False)]


# --- nodes ---------------------------------------------------------------------------------------------------------


def test_a_node_is_not_rounded():
    """round() would lose the gradient: it is an error that says what to do."""
    for digits in ((), (2,)):
        with pytest.raises(TypeError, match=r"use round\(v\.data"):
            round(Value(1.5), *digits)


@pytest.mark.parametrize(("name", "old", "new"), [("data", 1.0, 2.0), ("label", "x", "y")])
def test_an_edit_waits(name, old, new):
    """While a backward() or an edit runs in one thread, another cannot set the data or the label of a leaf."""
    x = Value(1.0, "x")
    editor = threading.Thread(target=setattr, args=(x, name, new), daemon=True)
    with value._lock:
        editor.start()
        editor.join(0.05)
        assert getattr(x, name) == old
    editor.join(10)
    assert getattr(x, name) == new


# --- text ----------------------------------------------------------------------------------------------------------


def test_decimals_beyond_the_floats():
    """An exact number that no float can be is written out all the same."""
    assert decimal(Fraction(10) ** 400) == "1e+400"
    assert decimal(Fraction(-25, 10) * 10**400) == "-2.5e+400"
    assert decimal(Fraction(5, 2)) == "2.5"
