"""Gradient checks of what others record: a Function of PyTorch, a custom_vjp of JAX."""

import numpy as np
import pytest
from functions_to_check import look

from autograd_lite.testing import check_gradient


@pytest.mark.parametrize("precision", ["float64", "float32"])
def test_a_function_of_pytorch(precision):
    """Tensors pass as tensors of their type; a right backward passes, one that is 1 % off fails."""
    torch = pytest.importorskip("torch")

    class Tanh(torch.autograd.Function):
        factor = 1.0

        @staticmethod
        def forward(ctx, x):
            y = torch.tanh(x)
            ctx.save_for_backward(y)
            return y

        @staticmethod
        def backward(ctx, v):
            (y,) = ctx.saved_tensors
            return v * (1.0 - y * y) * Tanh.factor

    dtype = getattr(torch, precision)
    W = torch.linspace(-1.0, 1.0, 6, dtype=dtype).reshape(3, 2).requires_grad_()
    x = torch.linspace(0.2, 0.9, 6, dtype=dtype).reshape(2, 3)

    def f(W, x):
        assert W.dtype == x.dtype == dtype
        return (Tanh.apply(x @ W) ** 2).sum()

    def hand(W, x):
        return torch.autograd.grad(f(W.requires_grad_(), x.requires_grad_()), (W, x))

    assert check_gradient(f, [W, x], gradient=hand)
    y = Tanh.apply(x)
    assert check_gradient(Tanh.apply, [x], vjp=lambda v: v * (1.0 - y * y))
    Tanh.factor = 1.01
    assert look(f, [W, x], gradient=hand).wrong
    with pytest.raises(TypeError, match=r"NumPy cannot read an array of torch\.bfloat16"):
        check_gradient(f, [W.bfloat16(), x], gradient=hand)


def test_a_custom_vjp_of_jax():
    """Arrays of JAX, of float32 by default, pass as such; a rule with the other sign fails."""
    jax = pytest.importorskip("jax")
    sign = [1.0]

    @jax.custom_vjp
    def sine(x):
        return jax.numpy.sin(x)

    sine.defvjp(lambda x: (jax.numpy.sin(x), x), lambda x, v: (sign[0] * v * jax.numpy.cos(x),))
    x = jax.numpy.linspace(0.1, 1.0, 4)

    def f(x):
        return (sine(x) ** 2).sum()

    assert check_gradient(f, x, gradient=jax.grad(f))
    assert check_gradient(sine, [x], vjp=jax.vjp(sine, x)[1])
    sign[0] = -1.0
    assert len(look(f, x, gradient=jax.grad(f)).wrong) == len(x)


class Tensor:
    """An array of another library, of which NumPy knows no more than how to read it."""

    def __init__(self, numbers):
        self._numbers = np.asarray(numbers, dtype=np.float32)
        self.shape, self.dtype = self._numbers.shape, self._numbers.dtype

    def __array__(self, dtype=None, copy=None):
        """The numbers."""
        return self._numbers.astype(dtype or np.float32)

    def detach(self):
        """The tensor without its graph."""
        return self

    def new_tensor(self, numbers):
        """Another one of the type."""
        return Tensor(numbers)

    def total(self):
        """The sum of squares, as a tensor without dimensions."""
        return Tensor((self._numbers**2).sum())


def test_tensors_of_any_library():
    """What reads as an array, and makes others like itself, passes without an import; so do numbers as arrays."""
    report = check_gradient(Tensor.total, [Tensor([[1.0, 2.0]])], gradient=lambda x: Tensor(2.0 * np.asarray(x)))
    assert [slope.wrt[0] for slope in report] == ["self[0, 0]", "self[0, 1]"]
