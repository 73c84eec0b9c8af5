"""Reading a graph: its order, its labelled nodes."""

from autograd_lite.chain import check_recorded, topological
from autograd_lite.value import Value

__all__ = ["check_recorded", "leaves", "named", "topological", "zero_grad"]


def leaves(root: Value) -> list[Value]:
    """Return the leaves that `root` was made from, in the order in which they are first used."""
    return [node for node in topological(root) if node.op is None]


def named(root: Value) -> dict[str, Value]:
    """Return the labelled nodes of the graph of `root`, by label, parents first.

    Raises `ValueError` if two different nodes have one label.
    """
    found: dict[str, Value] = {}
    for node in topological(root):
        if node.label and found.setdefault(node.label, node) is not node:
            raise ValueError(f"two nodes of the graph have the label {node.label!r}; give each its own")
    return found


def zero_grad(*roots: Value) -> None:
    """Forget the gradients of every node in the graphs of `roots`, as if `backward()` had not run."""
    for root in roots:
        for node in topological(root):
            node.grad = None
