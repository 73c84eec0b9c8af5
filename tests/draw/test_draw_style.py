"""How numbers and user text look in diagrams."""

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd_lite.draw import style


@pytest.mark.parametrize(
    ("x", "shown"),
    [
        (0.5932699921, "0.5933"),
        (1.0, "1.0000"),
        (-0.7413649, "−0.7414"),
        (0.01, "0.0100"),
        (0.0099, "0.00990"),
        (0.0004385677, "0.000439"),
        (-0.0226, "−0.0226"),
        (1e-5, "0.0000100"),
        (4.248e-18, "4.25e−18"),
        (-5e-324, "−4.94e−324"),
        (99999.0, "99999.0000"),
        (1234567.0, "1.235e+6"),
        (1.7e308, "1.700e+308"),
        (0.0, "0.0000"),
        (-0.0, "0.0000"),
        (math.inf, "inf"),
        (-math.inf, "−inf"),
        (math.nan, "nan"),
    ],
)
def test_number(x, shown):
    """4 decimals, below 0.01 three significant digits, a true minus sign, powers of ten where it must be."""
    assert style.number(x) == shown


def test_number_with_more_digits():
    """With 4 digits, sums keep four significant ones below 0.1."""
    assert style.signed(0.0004385677, 4) == "+0.0004386"
    assert style.signed(-0.08216704, 4) == "−0.08217"
    assert style.signed(0.25, 4) == "+0.2500"


@given(st.floats(min_value=-1.79e308, max_value=1.79e308))
def test_number_is_short_and_close(x):
    """Every float is shown in at most 12 characters, to 3 significant digits at least, from 0.01 on to 4 decimals."""
    shown = style.number(x)
    assert len(shown) <= 12
    error = abs(float(shown.replace("−", "-")) - x)
    assert error <= (5.01e-3 * abs(x) if abs(x) < 0.01 else max(5.01e-5, 5.01e-4 * abs(x)))


def test_gradients_have_a_sign():
    """A positive gradient has a plus sign, zero has none, and none at all is a dash."""
    assert style.gradient(None)[0] == "—"
    for x, shown in ((2.0, "+2.0000"), (-2.0, "−2.0000"), (0.0, "0.0000"), (math.nan, "nan"), (math.inf, "+inf")):
        assert style.gradient(x)[0] == shown


@pytest.mark.parametrize(("x", "shown"), [(2.0, "2"), (-1.0, "−1"), (0.5, "0.5"), (1e-9, "1e−9"), (1 / 3, "0.333333")])
def test_constants_are_shown_as_written(x, shown):
    """Constants lose their idle decimals."""
    assert style.constant(x) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("w1", "w1"),
        ("α_β", "α_β"),
        ("a\nb\t", r"a\nb\t"),
        ("\u202egnp\u200b", r"\u202egnp\u200b"),
        ("\x00\x1b[31m", r"\x00\x1b[31m"),
        ("\ud800", r"\ud800"),
        ("\u2028", r"\u2028"),
        ("a\u00a0b", "a b"),
        ("  ", '"  "'),
    ],
)
def test_invisible_characters_are_shown(text, shown):
    """Control, zero-width and bidirectional characters, line ends and lone surrogates appear as escapes."""
    assert style.visible(text) == shown


def test_long_labels_lose_their_middle():
    """A long label keeps its beginning and its end, which tell numbered names apart."""
    assert style.short("x" * 24) == "x" * 24
    assert style.short("encoder.layer.17.attention.weight") == "encoder.layer.…on.weight"
    assert style.short("漢" * 30) == "漢" * 7 + "…" + "漢" * 4


@given(st.text(max_size=60))
def test_labels_are_of_bounded_width(text):
    """No label is wider than the limit of letters."""
    assert len(style.short(text)) <= 24


def test_tooltips_are_bounded():
    """A tooltip holds 300 characters of a text at most."""
    assert style.tooltip("x" * 1000) == "x" * 299 + "…"


@given(st.text(), st.booleans())
def test_cells_are_balanced(text, bold):
    """Whatever the text, a cell has the markup that was meant, and no more."""
    markup = style.cell(style.visible(text), bold=bold)
    assert markup.count("<") == markup.count(">") == (6 if bold else 4)


def test_strokes_are_all_different():
    """Twelve paths have twelve different combinations of colour and dash; neighbours differ in both."""
    looks = [(stroke.line, stroke.dash) for stroke in style.STROKES]
    assert len(set(looks)) == len(looks) == 12
    for (color, dash), (next_color, next_dash) in pairwise(looks):
        assert color != next_color
        assert dash != next_dash


def test_text_width_is_that_of_helvetica():
    """Widths are Helvetica's: ten digits of 10 points are 55.6 points wide."""
    assert style.text_width("0123456789", 10) == pytest.approx(55.6)
    assert style.text_width("ill", 10) == pytest.approx(6.66)
    assert style.text_width("", 10) == 0.0
    assert style.text_width("漢字", 10) > 20.0
