"""Gradient checks of many parameters: random directions beside single entries, and bisection."""

import itertools
import math
import time

import numpy as np
import pytest
from functions_to_check import look
from layers_to_check import with_entry

from autograd_lite import sin
from autograd_lite.testing import check_gradient
from autograd_lite.testing.gradients import survey

MANY = 10_000
DRAWN = np.random.default_rng(1)
POINT = DRAWN.normal(size=(MANY // 100, 100))
WEIGHTS = np.linspace(0.5, 1.5, MANY).reshape(POINT.shape) / MANY


def f(W, b):
    return float(np.sum(WEIGHTS * np.tanh(W + b) ** 2))


def hand(W, b):
    y = np.tanh(W + b)
    slopes = 2.0 * WEIGHTS * y * (1.0 - y * y)
    return slopes, slopes.sum(axis=0)


AT = [POINT, 0.1 * DRAWN.normal(size=100)]


def altered(k, index, change):
    """The gradient with one entry of one array changed."""
    slopes = list(hand(*AT))
    slopes[k] = with_entry(slopes[k], index, change)
    return slopes


def test_many_parameters():
    """Of a right gradient of many entries few are checked singly, all along directions: that is said."""
    report = check_gradient(f, AT, gradient=hand)
    text = str(report)
    assert "f at W (100, 100), b (100,): its 10,100 slopes are right, as far as 8 of them and 5 directions show" in text
    assert "8 of 10,100 entries were checked singly, all together along 4 random directions (seed 0), those" in text
    assert "one of 0.1 % in 10,100 of 10,100." in text
    singly = [slope for slope in report if not slope.wrt[0].startswith("direction")]
    largest = max(abs(slope).max() for slope in hand(*AT))
    assert len(singly) == 8
    assert max(abs(slope.got) for slope in singly) == largest


@pytest.mark.parametrize(
    ("k", "index", "change"),
    [
        (0, (33, 44), lambda x: -x),
        (0, (99, 99), lambda x: 1.001 * x),
        (0, (0, 0), lambda x: 0.0),
        (0, (70, 1), lambda x: x + 1e-9),
        (1, (57,), lambda x: -x),
        (1, (99,), lambda x: 1.001 * x),
    ],
)
def test_one_wrong_entry_among_many(k, index, change):
    """A flipped sign, 0.1 % too much, a 0 or an offset of one entry is found, and the entry named."""
    report = look(f, AT, gradient=altered(k, index, change))
    name = f"{'Wb'[k]}[{', '.join(map(str, index))}]"
    assert report[name].verdict == "wrong"
    assert report["direction 1"].verdict == "wrong"
    assert f"Bisection over groups of entries leads to {name}" in str(report)
    assert f"Along the direction the slopes of {'Wb'[k]} are off, of 2 arrays." in str(report)
    assert not [slope for slope in report.wrong if slope.wrt[0] not in {name, "direction 1"}]


def test_a_million_parameters():
    """Of a million entries one that is off by 0.1 % is found."""
    x = np.random.default_rng(2).normal(size=10**6)
    slopes = x.copy()
    slopes[777_777] *= 1.001
    report = look(lambda x: 0.5 * float(np.einsum("i,i", x, x)), x, gradient=slopes, entries=0, directions=1)
    assert [slope.wrt[0] for slope in report.wrong] == ["direction 1", "x[777777]"]


def test_a_whole_array_is_wrong():
    """Where an array is wrong as a whole it is named; a few entries stand for the others."""
    slopes = hand(*AT)
    report = look(f, AT, gradient=(slopes[0] * 2.0, slopes[1]))
    assert "Along the direction the slopes of W are off, of 2 arrays." in str(report)
    assert {slope.wrt[0][0] for slope in report.wrong} == {"d", "W"}
    assert "it is twice the slope" in str(report)
    assert len(report) < 20


def test_slopes_of_all_sizes():
    """Entries with small slopes are moved by themselves too: what is off among them is not lost beside large ones."""
    sizes = np.repeat([1.0, 1e-4, 1e-8], 200)
    x = DRAWN.uniform(0.5, 1.5, 600)
    slopes = sizes * np.cos(x)
    report = check_gradient(lambda x: float((sizes * np.sin(x)).sum()), x, gradient=slopes)
    assert "direction 6" in str(report)
    slopes[550] *= -1.0
    report = look(lambda x: float((sizes * np.sin(x)).sum()), x, gradient=slopes)
    assert report["x[550]"].verdict == "wrong"


def test_scales_of_arrays():
    """Arrays in units of 1e-6 and 1e6 are moved by what is small and large for them."""
    at = [1e-6 * DRAWN.normal(size=200), 1e6 * DRAWN.normal(size=200)]

    def g(small, large):
        return float(np.sin(1e6 * small) @ np.cos(1e-6 * large))

    def right(small, large):
        one, other = 1e6 * small, 1e-6 * large
        return 1e6 * np.cos(one) * np.cos(other), -1e-6 * np.sin(one) * np.sin(other)

    assert check_gradient(g, at, gradient=right)
    slopes = right(*at)
    report = look(g, at, gradient=(slopes[0], with_entry(slopes[1], 123, lambda x: 1.001 * x)))
    assert report["large[123]"].verdict == "wrong"


def test_many_numbers_without_arrays():
    """Lists of numbers, and recorded functions, are checked along directions as well."""
    at = [[0.01 * k for k in range(300)]]
    report = check_gradient(lambda v: sum(sin(x) for x in v), at)
    assert "8 of 300 entries were checked singly, all together along 4 random directions" in " ".join(report.remarks)
    slopes = [math.cos(x) for x in at[0]]
    slopes[200] *= 1.001
    report = look(lambda v: math.fsum(map(math.sin, v)), at, gradient=[slopes])
    assert report["v[200]"].verdict == "wrong"
    numbers = look(lambda *x: math.fsum(map(math.sin, x)), at[0], gradient=slopes)
    assert numbers["x201"].verdict == "wrong"


def test_what_is_not_finite():
    """NaN in a gradient of many entries is wrong where it is, and keeps the others from nothing."""
    report = look(f, AT, gradient=altered(0, (5, 5), lambda x: math.nan))
    assert [slope.wrt[0] for slope in report.wrong] == ["W[5, 5]"]
    slopes = altered(1, (7,), lambda x: -x)
    slopes[0] = with_entry(slopes[0], (5, 5), lambda x: math.nan)
    assert {slope.wrt[0] for slope in look(f, AT, gradient=slopes).wrong} == {"direction 1", "b[7]", "W[5, 5]"}


def test_functions_that_keep_what_they_get():
    """Memory is used again only for what a function did not keep: an array that it kept stays as it was."""
    kept = []

    def g(x):
        kept.append((x, x.copy()))
        return float(np.sin(x).sum())

    x = DRAWN.normal(size=1500)
    assert check_gradient(g, x, gradient=np.cos)
    assert len(kept) > 100
    assert all((one == other).all() for one, other in kept)


def test_seeds_and_counts():
    """A seed draws the same directions and entries again, another one others; counts are as asked for."""

    def names(**options):
        return [(slope.symbol, slope.got) for slope in check_gradient(f, AT, gradient=hand, **options)]

    assert names(seed=3) == names(seed=3)
    assert names(seed=3) != names(seed=4)
    assert len(names(entries=20, directions=2)) == 23
    few = look(lambda x: float(np.sin(x).sum()), np.ones(12), gradient=np.full(12, math.cos(1.0)), entries=3)
    assert [slope.wrt[0] for slope in few][:4] == ["direction 1", "direction 2", "direction 3", "direction 4"]


def test_too_little_time(monkeypatch):
    """What the time given is too short for is inconclusive, and counted: no pass."""
    ticks = itertools.count()
    monkeypatch.setattr(survey.time, "monotonic", lambda: float(next(ticks)))
    report = look(f, AT, gradient=hand, seconds=0.5)
    assert not report
    assert "10,096 others: not checked: the time given, 0.5 s, was over." in str(report)
    assert "4 of 10,100 entries were checked singly, when the time given was over." in str(report)
    assert check_gradient(f, AT, gradient=hand, seconds=3.5).ok
    assert survey.time is time


def test_nothing_but_entries():
    """Without directions the entries that were not checked are inconclusive."""
    report = look(f, AT, gradient=hand, directions=0)
    assert not report
    assert "10,092 others: not checked, with directions=0." in str(report)
    assert check_gradient(f, AT, gradient=hand, directions=0, allow_inconclusive=True)


def test_kinks_among_many():
    """A right gradient with kinks near by along most directions is confirmed."""
    x = DRAWN.normal(size=500)
    matrix = DRAWN.normal(size=(500, 40)) / 20.0

    def g(x):
        return float((np.maximum(x @ matrix, 0.0) ** 2).sum() + np.abs(x @ matrix).sum())

    def slopes(x):
        z = x @ matrix
        return matrix @ (2.0 * np.maximum(z, 0.0) + np.sign(z))

    assert check_gradient(g, x, gradient=slopes)


def test_kinks_at_the_point():
    """Entries at a kink are found, held, and checked singly; more of them than that are inconclusive, no pass."""
    x, slopes = DRAWN.normal(size=400), np.linspace(1.0, 2.0, 400)
    x[:30] = 0.0

    def g(x):
        return float((slopes * np.maximum(x, 0.0)).sum())

    report = check_gradient(g, x, gradient=slopes * (x > 0.0))
    assert sum(slope.verdict == "kink" for slope in report) == 30
    assert report["direction 1"].verdict == "confirmed"
    wrong = look(g, x, gradient=with_entry(slopes * (x > 0.0), 200, lambda y: y + 1e-6)).wrong
    assert [slope.wrt[0] for slope in wrong] == ["direction 1", "x[200]"]
    x[:100] = 0.0
    report = look(g, x, gradient=slopes * (x > 0.0))
    assert not report.wrong
    assert "not checked: they are at kinks, or no numbers" in str(report)
    assert not report


@pytest.mark.parametrize(
    ("entries", "directions", "said"),
    [
        (0, 1, "as far as 1 direction shows"),
        (0, 2, "as far as 2 directions show"),
        (3, 1, "3 of them and 1 direction show"),
    ],
)
def test_what_was_looked_at_is_told(entries, directions, said):
    """The title says how many entries were checked singly, and along how many directions."""
    x = np.linspace(0.5, 1.5, 200)
    report = check_gradient(lambda x: (x**3).sum(), x, gradient=3 * x**2, entries=entries, directions=directions)
    assert said in str(report).partition("\n")[0]
