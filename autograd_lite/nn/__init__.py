"""Feed-forward networks, layer by layer: their nodes, names and matrices."""

from autograd_lite.nn.matrices import Index
from autograd_lite.nn.network import ACTIVATIONS, Biases, Layer, Network, Pass

__all__ = ["ACTIVATIONS", "Biases", "Index", "Layer", "Network", "Pass"]
