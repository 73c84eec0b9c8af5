"""What the tests of checks of arrays share: a layer with its gradients, right and wrong."""

import numpy as np

DRAWN = np.random.default_rng(0)
W, B, X, Y = (DRAWN.normal(size=shape) for shape in ((4, 3), (3,), (5, 4), (5, 3)))


def layer(W, b, x=X):
    """A matrix, a bias, tanh."""
    return np.tanh(x @ W + b)


def loss(W, b):
    """The mean squared error of the layer."""
    return np.mean((layer(W, b) - Y) ** 2)


def backward(v, W, b, x=X):
    """The gradient of v times the layer."""
    dz = v * (1.0 - layer(W, b, x) ** 2)
    return x.T @ dz, dz.sum(axis=0), dz @ W.T


def gradient(W, b):
    """The gradient of the loss."""
    return backward(2.0 * (layer(W, b) - Y) / Y.size, W, b)[:2]


def with_entry(array, index, change):
    """The array with one entry changed."""
    array = np.array(array)
    array[index] = change(array[index])
    return array
