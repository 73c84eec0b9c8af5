"""Losses: value and every gradient against the formula in 50 digits, and what happens at 0 and 1."""

import math
from fractions import Fraction

import mpmath
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from autograd_lite import Network, Value, named, page, sigmoid
from autograd_lite import losses as functions
from autograd_lite.losses import (
    as_loss,
    binary_cross_entropy,
    binary_cross_entropy_from_logits,
    half_squared_error,
    mean_squared_error,
)
from autograd_lite.train import data_loss, train

UNIT = 2.0**-53
TINY = 1e-320  # what a few subnormal roundings may add
LOSSES = [half_squared_error, mean_squared_error, binary_cross_entropy, binary_cross_entropy_from_logits]
CROSS_ENTROPIES = LOSSES[2:]

REALS = st.floats(-1e100, 1e100)
PROBABILITIES = st.floats(0.0, 1.0)
INSIDE = st.floats(0.0, 1.0, exclude_min=True, exclude_max=True)


def _cases(outputs, targets):
    return st.lists(st.tuples(outputs, targets), min_size=1, max_size=5)


def _evaluate(loss, pairs):
    """The loss, its gradient along the outputs, its gradient along the targets."""
    outputs, targets = [Value(a) for a, _ in pairs], [Value(t) for _, t in pairs]
    total = loss(outputs, targets)
    total.backward()
    return total.data, [a.grad for a in outputs], [t.grad for t in targets]


def _near(x, true, magnitude, roundings):
    """Whether x is the true number, to that many roundings of numbers of that magnitude."""
    return abs(mpmath.mpf(x) - true) <= roundings * UNIT * magnitude + TINY


def _half_terms(a, t):
    """Value, slopes along output and target; the magnitude of what is added up in each."""
    return (t - a) ** 2 / 2, a - t, t - a, abs(a - t), abs(a - t)


def _entropy_terms(a, t):
    return (
        -(t * mpmath.log(a) + (1 - t) * mpmath.log1p(-a)),
        (1 - t) / (1 - a) - t / a,
        mpmath.log1p(-a) - mpmath.log(a),
        (1 - t) / (1 - a) + t / a,
        -mpmath.log1p(-a) - mpmath.log(a),
    )


def _logit_terms(z, t):
    yes, no = 1 / (1 + mpmath.exp(-z)), 1 / (1 + mpmath.exp(z))
    cost_of_0, cost_of_1 = mpmath.log1p(mpmath.exp(z)), mpmath.log1p(mpmath.exp(-z))
    return (
        t * cost_of_1 + (1 - t) * cost_of_0,
        (1 - t) * yes - t * no,
        -z,
        (1 - t) * yes + t * no,
        cost_of_0 + cost_of_1,
    )


def _check(loss, pairs, terms, scale=1):
    """Compare with the exact terms: all parts of a loss are >= 0, so its error is relative to its value."""
    total, slopes, target_slopes = _evaluate(loss, pairs)
    with mpmath.workdps(50):
        exact = [terms(mpmath.mpf(a), mpmath.mpf(t)) for a, t in pairs]
        value = sum(row[0] for row in exact) / scale
        assert _near(total, value, value, 8 + len(pairs))
        for got, got_target, (_, slope, target_slope, size, target_size) in zip(
            slopes, target_slopes, exact, strict=True
        ):
            assert _near(got, slope / scale, size / scale, 8)
            assert _near(got_target, target_slope / scale, target_size / scale, 8)


# --- formulas -----------------------------------------------------------------------------------------------------


@given(_cases(REALS, REALS))
def test_half_squared_error_is_its_formula(pairs):
    """E = sum of 1/2 (t - a)², with slopes a - t along the output and t - a along the target."""
    _check(half_squared_error, pairs, _half_terms)


@given(_cases(REALS, REALS))
def test_mean_squared_error_is_its_formula(pairs):
    """E = mean of (t - a)² over n outputs, with slope 2 (a - t) / n: twice the half squared error over n."""
    _check(mean_squared_error, pairs, _half_terms, mpmath.mpf(len(pairs)) / 2)


@given(_cases(INSIDE, PROBABILITIES))
@example([(1e-300, 1.0), (1e-300, 0.5), (1e-300, 0.0)])
@example([(1.0 - 2.0**-53, 1.0), (1.0 - 2.0**-53, 0.5), (1.0 - 2.0**-53, 0.0)])
@example([(1e-17, 0.0), (1e-17, 1e-17)])
def test_binary_cross_entropy_is_its_formula(pairs):
    """E = sum of -(t ln a + (1 - t) ln(1 - a)) to full relative accuracy anywhere inside 0 < a < 1; slopes too."""
    smallest = min(a for a, _ in pairs)
    if smallest < 1e-307:  # its slope may overflow; tested on its own below
        pairs = [(max(a, 1e-307), t) for a, t in pairs]
    _check(binary_cross_entropy, pairs, _entropy_terms)


@given(_cases(st.floats(-800.0, 800.0), PROBABILITIES))
def test_cross_entropy_from_logits_is_finite_and_near_its_formula(pairs):
    """From logits the loss is finite and right to a few roundings of |z|, its slope sigmoid(z) - t to a few of 1."""
    total, slopes, _ = _evaluate(binary_cross_entropy_from_logits, pairs)
    with mpmath.workdps(50):
        exact = [_logit_terms(mpmath.mpf(z), mpmath.mpf(t)) for z, t in pairs]
        size = sum(abs(z) + 1 for z, _ in pairs)
        assert math.isfinite(total)
        assert _near(total, sum(row[0] for row in exact), size, 8 + len(pairs))
        assert all(_near(got, row[1], 1, 8) for got, row in zip(slopes, exact, strict=True))


@given(_cases(st.floats(-800.0, 800.0), st.sampled_from([0.0, 1.0]) | PROBABILITIES))
@example([(40.0, 1.0)])
@example([(-40.0, 0.0)])
def test_cross_entropy_from_logits_is_accurate_for_certain_and_right_outputs(pairs):
    """From logits, loss and slope have full relative accuracy: at z = 40, t = 1 the loss is 4.25e-18, not 0.

    That is what the sigmoid's rounding loses and what the form from logits is for; for z = -40, t = 0 the loss
    from probabilities is 4.25e-18 as well.
    """
    _check(binary_cross_entropy_from_logits, pairs, _logit_terms)


@pytest.mark.parametrize("target", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("z", [-800.0, 800.0])
def test_logits_of_any_size_cost_something_finite(z, target):
    """At z = ±800 the loss is |z| per unit of error and the slope is sigmoid(z) - t, with no overflow."""
    total, (slope,), _ = _evaluate(binary_cross_entropy_from_logits, [(z, target)])
    right = 1.0 if z > 0 else 0.0
    assert total == 800.0 * abs(right - target)
    assert slope == right - target


@pytest.mark.parametrize("z", [-math.inf, math.inf])
@pytest.mark.parametrize("target", [0.0, 0.25, 1.0])
def test_an_infinite_logit(z, target):
    """It costs nothing where it is right, inf where it is not; the slopes are sigmoid(z) - t and -z, and never NaN."""
    right = 1.0 if z > 0 else 0.0
    total, slopes, target_slopes = _evaluate(binary_cross_entropy_from_logits, [(z, target)])
    assert total == (0.0 if target == right else math.inf)
    assert math.copysign(1.0, total) == 1.0
    assert (slopes, target_slopes) == ([right - target], [-z])


@given(st.lists(st.tuples(st.floats(-30.0, 30.0), PROBABILITIES), min_size=1, max_size=4))
def test_both_forms_of_the_cross_entropy_are_equal(pairs):
    """The loss of sigmoid(z) and the loss from z agree, up to the rounding of the sigmoid and of z.

    a = sigmoid(z) is off by at most 4 roundings of a, which moves the loss by |dE/da| <= t/a + (1-t)/(1-a) times that.
    """
    zs, ts = [z for z, _ in pairs], [t for _, t in pairs]
    from_logits = binary_cross_entropy_from_logits([Value(z) for z in zs], ts)
    logits = [Value(z) for z in zs]
    outputs = [sigmoid(z) for z in logits]
    from_outputs = binary_cross_entropy(outputs, ts)
    moved = sum(t + (1 - t) * a.data / (1 - a.data) for a, t in zip(outputs, ts, strict=True))
    sizes = sum(abs(z) + 1 for z in zs)
    assert abs(from_logits.data - from_outputs.data) <= UNIT * (4 * moved + 16 * sizes)


def test_both_forms_give_the_same_slope():
    """Through the sigmoid, the slope of the cross-entropy along z is sigmoid(z) - t."""
    for x, t in [(-3.0, 0.25), (0.0, 1.0), (2.5, 0.0), (2.5, 1.0)]:
        one, two = Value(x), Value(x)
        binary_cross_entropy_from_logits([one], [t]).backward()
        binary_cross_entropy([sigmoid(two)], [t]).backward()
        assert one.grad == pytest.approx(sigmoid(x) - t, rel=1e-14)
        assert two.grad == pytest.approx(one.grad, rel=1e-14)


# --- near and at 0 and 1 ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("target", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("a", [5e-324, 1e-300, 1e-17, 1.0 - 1e-16])
def test_cross_entropy_is_accurate_near_0_and_1(a, target):
    """Next to 0 and 1 value and slope are the formula's, correct to 4 units in the last place."""
    total, (slope,), _ = _evaluate(binary_cross_entropy, [(a, target)])
    with mpmath.workdps(400):
        value, true_slope, *_ = _entropy_terms(mpmath.mpf(a), mpmath.mpf(target))
        assert total == pytest.approx(float(value), rel=8 * UNIT, abs=0.0)
        assert slope == pytest.approx(float(true_slope), rel=8 * UNIT, abs=0.0)  # float(-2e323) is -inf, its rounding


@pytest.mark.parametrize(
    ("a", "target", "value", "slope"),
    [
        (0.0, 0.0, 0.0, 1.0),
        (1.0, 1.0, 0.0, -1.0),
        (0.0, 1.0, math.inf, -math.inf),
        (1.0, 0.0, math.inf, math.inf),
        (0.0, 0.5, math.inf, -math.inf),
        (1.0, 0.5, math.inf, math.inf),
        (-0.0, 0.0, 0.0, 1.0),
    ],
)
def test_cross_entropy_at_0_and_1_is_the_limit(a, target, value, slope):
    """Certain and right costs 0, with the slope of the limit from inside; certain and wrong costs inf, never NaN."""
    total, (got,), _ = _evaluate(binary_cross_entropy, [(a, target)])
    assert total == value
    assert got == slope


@pytest.mark.parametrize("a", [-0.1, 1.1, 2.0, -math.inf])
def test_cross_entropy_of_what_is_no_probability_is_refused(a):
    """An output outside [0, 1], such as a sum before its sigmoid, is an error that names the loss for those."""
    with pytest.raises(ValueError, match=rf"output 1 is {a}.*binary_cross_entropy_from_logits"):
        binary_cross_entropy([Value(a)], [0.5])
    with pytest.raises(ValueError, match=rf"output 1 is {a}.*binary_cross_entropy_from_logits"):
        binary_cross_entropy([a], [0.5])


def test_cross_entropy_of_nan_is_nan():
    """A NaN output gives NaN with a NaN slope: it stays visible."""
    total, (slope,), _ = _evaluate(binary_cross_entropy, [(math.nan, 0.5)])
    assert math.isnan(total)
    assert math.isnan(slope)


# --- names and structure ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("loss", LOSSES)
def test_errors_and_total_are_labelled(loss):
    """Two outputs give t1 t2 E1 E2 E_total, with the suffix behind each; the total is the sum or mean of the E."""
    nodes = named(loss([Value(0.3, "a1"), Value(0.6, "a2")], [0.25, 0.5], suffix="[7]"))
    assert set(nodes) == {"a1", "a2", "t1[7]", "t2[7]", "E1[7]", "E2[7]", "E_total[7]"}
    errors = nodes["E1[7]"].data + nodes["E2[7]"].data
    assert nodes["E_total[7]"].data == (errors / 2 if loss is mean_squared_error else errors)
    assert (nodes["t1[7]"].data, nodes["t2[7]"].data) == (0.25, 0.5)


@pytest.mark.parametrize("loss", LOSSES)
def test_the_error_of_one_output_is_the_total(loss):
    """With one output there is no E1 beside E_total."""
    assert set(named(loss([Value(0.3, "a1")], [0.25]))) == {"a1", "t1", "E_total"}


@pytest.mark.parametrize("loss", LOSSES)
def test_targets_may_be_nodes(loss):
    """A target that is a node is used as it is, label and all, and gets its gradient; a fraction is a number."""
    t = Value(0.25, "wanted")
    total = loss([Value(0.3), Value(0.6)], [t, Fraction(1, 2)])
    total.backward()
    assert named(total)["wanted"] is t
    assert t.grad != 0.0


def test_published_values():
    """The losses of Mazur's first forward pass: E1 0.274811083, E2 0.023560026, total 0.298371109."""
    nodes = named(half_squared_error([Value(0.7513650695523157), Value(0.7729284653214625)], [0.01, 0.99]))
    assert [f"{nodes[name].data:.9f}" for name in ("E1", "E2", "E_total")] == [
        "0.274811083",
        "0.023560026",
        "0.298371109",
    ]


def test_known_cross_entropy():
    """An undecided output costs ln 2 whatever the target, in both forms."""
    for t in (0.0, 0.3, 1.0):
        assert binary_cross_entropy([Value(0.5)], [t]).data == pytest.approx(math.log(2), rel=1e-15)
        assert binary_cross_entropy_from_logits([Value(0.0)], [t]).data == pytest.approx(math.log(2), rel=1e-15)


# --- errors -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize(("outputs", "targets"), [(2, 1), (1, 2), (0, 0), (1, 0), (0, 1)])
def test_as_many_targets_as_outputs(loss, outputs, targets):
    """A loss of two outputs and one target, or of none, is refused with both numbers."""
    with pytest.raises(ValueError, match=f"got {targets} for {outputs}"):
        loss([Value(0.5)] * outputs, [0.5] * targets)


@pytest.mark.parametrize("loss", CROSS_ENTROPIES)
@pytest.mark.parametrize("bad", [-1e-9, 1.0000001, 2, -1, math.nan, math.inf, Value(1.5)])
def test_targets_of_a_cross_entropy_are_probabilities(loss, bad):
    """A target outside [0, 1] is refused: the message has its place, its value and the range."""
    x = bad.data if isinstance(bad, Value) else float(bad)
    with pytest.raises(ValueError, match=rf"target 2 is {x!r}; .*from 0 to 1"):
        loss([Value(0.5), Value(0.5)], [0.5, bad])


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("bad", ["0.5", "half", None, 1j, [0.5]])
def test_targets_are_numbers(loss, bad):
    """A target that is no number is a TypeError that names its type."""
    with pytest.raises(TypeError, match=type(bad).__name__):
        loss([Value(0.5)], [bad])


@pytest.mark.parametrize(
    ("name", "loss"),
    [*functions.LOSSES.items(), ("mse", mean_squared_error), ("bce", binary_cross_entropy)],
)
def test_losses_by_name(name, loss):
    """Wherever a loss is taken its name does as well, or a short one; and training with it is the same."""
    net, data = Network([2, 2, 1], seed=1), [([0.1, 0.2], [0.3]), ([1.0, -1.0], [1.0])]
    assert as_loss(name) is as_loss(loss) is loss
    assert data_loss(net, data, loss=name).data == data_loss(net, data, loss=loss).data
    assert page(net, data[:1], loss=name).html == page(net, data[:1], loss=loss).html
    trained = [train(Network([2, 2, 1], seed=1), data, loss=given, lr=0.5, epochs=3) for given in (name, loss)]
    assert list(trained[0].rows()) == list(trained[1].rows())


def test_all_losses_have_a_name():
    """The names of the losses are those of the functions."""
    assert list(functions.LOSSES.values()) == LOSSES
    assert [loss.__name__ for loss in LOSSES] == list(functions.LOSSES)


@pytest.mark.parametrize("use", [as_loss, lambda loss: data_loss(Network([1, 1]), [([1], [1])], loss)])
def test_names_that_no_loss_has(use):
    """A name that no loss has, and what is no function, are refused with the names there are."""
    with pytest.raises(ValueError, match=r"no loss 'huber'; there are half_.*, and mse and bce for short"):
        use("huber")
    for wrong in (None, 3.0, Value(1.0), Value):
        with pytest.raises(TypeError, match="loss is a function of outputs and targets, or the name of one: there are"):
            use(wrong)
