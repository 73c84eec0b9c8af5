"""Gradient descent: the update to the bit, what it trains, what it refuses."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd_lite import StaleGraphError, Value
from autograd_lite.nn import Network
from autograd_lite.optim import GradientDescent, NonFiniteError

NUMBERS = st.floats(-1e6, 1e6)


@given(st.lists(st.tuples(NUMBERS, NUMBERS), min_size=1, max_size=6), st.floats(0.0, 1e3))
def test_the_update_is_w_minus_lr_times_gradient(pairs, lr):
    """Each parameter becomes w - lr * dE/dw, in exactly these two float operations, and keeps its gradient."""
    parameters = [Value(w) for w, _ in pairs]
    for parameter, (_, slope) in zip(parameters, pairs, strict=True):
        parameter.grad = slope
    GradientDescent(parameters, lr).step()
    assert [p.data for p in parameters] == [w - lr * slope for w, slope in pairs]
    assert [p.grad for p in parameters] == [slope for _, slope in pairs]


def test_a_step_goes_down_the_slope_of_the_loss():
    """From w = 1 on (w - 3)², whose slope is -4, a step of 0.25 leads to w = 2."""
    w = Value(1.0)
    optimizer = GradientDescent([w], lr=0.25)
    ((w - 3.0) ** 2).backward()
    optimizer.step()
    assert w.data == 2.0


def test_all_parameters_are_updated_at_once():
    """Both gradients of w1 * w2 are taken at the old point: (2, 3) becomes (2 - 0.1 * 3, 3 - 0.1 * 2)."""
    w1, w2 = Value(2.0), Value(3.0)
    (w1 * w2).backward()
    GradientDescent([w1, w2], 0.1).step()
    assert (w1.data, w2.data) == (2.0 - 0.1 * 3.0, 3.0 - 0.1 * 2.0)


def test_a_bias_that_is_not_given_stays():
    """A bias that is not given stays as it is, and keeps its gradient through zero_grad."""
    net = Network([2, 2, 2], biases="layer", bias_values=[0.35, 0.6])
    optimizer = GradientDescent(net.weights, 0.5)
    before = [w.data for w in net.weights]
    sum(net([0.05, 0.1])).backward()
    optimizer.step()
    assert [b.data for b in net.biases] == [0.35, 0.6]
    assert all(w.data != old for w, old in zip(net.weights, before, strict=True))
    optimizer.zero_grad()
    assert not any(w.has_grad for w in net.weights)
    assert all(b.grad != 0.0 for b in net.biases)


def test_zero_grad_stops_gradients_from_adding_up():
    """Without zero_grad a second backward doubles the gradient, with it the gradient is that of one."""
    w = Value(1.0)
    optimizer = GradientDescent([w], 0.5)
    (w * 3.0).backward()
    (w * 3.0).backward()
    assert w.grad == 6.0
    optimizer.zero_grad()
    (w * 3.0).backward()
    assert w.grad == 3.0


def test_a_parameter_without_a_gradient_stays():
    """Before any backward the gradient counts as 0 and the step changes nothing."""
    w = Value(1.5)
    GradientDescent([w], 10.0).step()
    assert w.data == 1.5


def test_a_parameter_given_twice_is_updated_once():
    """Parameters are told apart by identity: given twice is one parameter, equal numbers are two."""
    w, v = Value(1.0), Value(1.0)
    w.grad = v.grad = 1.0
    optimizer = GradientDescent([w, v, w], 0.25)
    optimizer.step()
    assert len(optimizer.parameters) == 2
    assert (w.data, v.data) == (0.75, 0.75)


def test_the_learning_rate_may_be_changed_between_steps():
    """A schedule sets `lr`; ints, NumPy numbers and 0 are learning rates."""
    w = Value(1.0)
    w.grad = 1.0
    optimizer = GradientDescent(iter([w]), np.float64(0.5))
    assert type(optimizer.lr) is float
    optimizer.step()
    optimizer.lr = 0.125
    optimizer.step()
    assert w.data == 0.375
    GradientDescent([w], 0).step()
    assert w.data == 0.375


def test_a_graph_from_before_the_step_is_stale():
    """After a step an old graph does not silently mix old values and new parameters."""
    w = Value(2.0)
    loss = w * w
    loss.backward()
    GradientDescent([w], 0.1).step()
    with pytest.raises(StaleGraphError):
        loss.backward()


@pytest.mark.parametrize(
    ("data", "slope", "became"),
    [(1.0, math.inf, "-inf"), (1.0, math.nan, "nan"), (-1e308, 1e308, "-inf"), (1e308, -1e308, "inf")],
)
@pytest.mark.parametrize("label", ["w7", ""])
def test_a_step_out_of_the_finite_numbers_changes_nothing(data, slope, became, label):
    """If one parameter would become NaN or infinite, none changes; the error names the first, by label or number."""
    parameters = [Value(1.0, "w6"), Value(data, label), Value(0.0, "w8")]
    for parameter, grad in zip(parameters, (1.0, slope, math.nan), strict=True):
        parameter.grad = grad
    name = label or "parameter 2"
    with pytest.raises(NonFiniteError, match=rf"the update would make {name} {became} \(") as caught:
        GradientDescent(parameters, 1.0).step()
    assert caught.value.quantity == name
    assert isinstance(caught.value, ArithmeticError)
    assert [p.data for p in parameters] == [1.0, data, 0.0]


def test_an_empty_list_of_parameters_is_refused():
    """An empty list of parameters is a mistake, not a training that does nothing."""
    with pytest.raises(ValueError, match="no parameters were given"):
        GradientDescent([], 0.1)


def test_only_leaves_can_be_trained():
    """The result of an operation is refused, with the reason."""
    h = Value(1.0) * 2.0
    h.label = "h1"
    with pytest.raises(ValueError, match=r"label='h1'.*only leaves can be trained"):
        GradientDescent([h], 0.1)


@pytest.mark.parametrize("bad", [1.0, "w1", None])
def test_parameters_are_values(bad):
    """A number in place of a parameter is a TypeError that names its type."""
    with pytest.raises(TypeError, match=f"parameters are Values.* of type {type(bad).__name__}"):
        GradientDescent([Value(1.0), bad], 0.1)


@pytest.mark.parametrize("lr", [-0.1, math.nan, math.inf, -math.inf])
def test_an_unusable_learning_rate_is_refused(lr):
    """A learning rate is finite and not negative; the message shows what came."""
    with pytest.raises(ValueError, match=f"finite number, 0 or above, got {lr!r}"):
        GradientDescent([Value(1.0)], lr)


@pytest.mark.parametrize("lr", ["0.1", None, 1j])
def test_a_learning_rate_is_a_number(lr):
    """Text, None or a complex number is a TypeError that names the type."""
    with pytest.raises(TypeError, match=type(lr).__name__):
        GradientDescent([Value(1.0)], lr)
