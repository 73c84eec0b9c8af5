"""Time and memory of building a graph and running backward(), beside micrograd in the same run.

    python benchmarks/eager.py            (about two minutes; needs the extra "dev", which brings micrograd)

What is timed is the same Python code on either engine's nodes:

- one epoch of the training of Mazur's 2-2-2 example: forward, backward, update. micrograd has neither a sigmoid nor an
  exponential; it is given `exp`, written in its own style, and the sigmoid is 1/(1 + exp(-x)) in its operations. A
  second row gives it a whole sigmoid as a single operation instead, as autograd_lite has.
- one step of micrograd's own network code (its nn.py, run on either engine's Value) with 2-16-16-1 neurons over 100
  samples, about 64,000 operations: forward and backward. Once as training runs it, with Python's cyclic garbage
  collector on and the freeing of graphs within the clock, whoever does it; and once with the collector off, and the
  freeing of graphs, which only the collector can do for micrograd, outside the clock for both.

Rounds alternate between the engines; figures are medians, ratios are of medians of the same run. Steps come in blocks
with a full collection before, so that neither engine pays for the other's garbage; the first step of a block is not
counted.
"""

import gc
import importlib.util
import math
import platform
import statistics
import sys
import time
import tracemalloc
from collections.abc import Callable
from functools import partial
from types import ModuleType
from typing import Any

import micrograd.engine
import micrograd.nn

import autograd_lite

ROUNDS = 7
sys.setrecursionlimit(1_000_000)  # micrograd's backward() is recursive


def micrograd_exp(x: Any) -> Any:
    """The exponential function as an operation of micrograd."""
    out = micrograd.engine.Value(math.exp(x.data), (x,), "exp")

    def _backward() -> None:
        x.grad += out.data * out.grad

    out._backward = _backward  # noqa: SLF001
    return out


def composed_sigmoid(x: Any) -> Any:
    """The logistic function of micrograd's operations."""
    return 1 / (1 + micrograd_exp(-x))


def single_sigmoid(x: Any) -> Any:
    """The logistic function as one operation of micrograd."""
    s = 1.0 / (1.0 + math.exp(-x.data))
    out = micrograd.engine.Value(s, (x,), "sigmoid")

    def _backward() -> None:
        x.grad += s * (1.0 - s) * out.grad

    out._backward = _backward  # noqa: SLF001
    return out


def mazur(value: type, sigmoid: Callable[[Any], Any]) -> tuple[Callable[[], None], list[Any]]:
    """Return one epoch of the training of Mazur's example, on the nodes of one engine, and the weights."""
    w = [value(x) for x in (0.15, 0.2, 0.25, 0.3, 0.4, 0.45, 0.5, 0.55)]
    b1, b2, i1, i2, t1, t2 = (value(x) for x in (0.35, 0.6, 0.05, 0.1, 0.01, 0.99))

    def epoch() -> None:
        a_h1 = sigmoid(w[0] * i1 + w[1] * i2 + b1)
        a_h2 = sigmoid(w[2] * i1 + w[3] * i2 + b1)
        a_o1 = sigmoid(w[4] * a_h1 + w[5] * a_h2 + b2)
        a_o2 = sigmoid(w[6] * a_h1 + w[7] * a_h2 + b2)
        loss = 0.5 * (t1 - a_o1) ** 2 + 0.5 * (t2 - a_o2) ** 2
        for p in w:
            p.grad = 0.0
        loss.backward()
        for p in w:
            p.data -= 0.5 * p.grad

    return epoch, w


def mlp(value: type) -> Callable[[], Any]:
    """Return the forward pass of micrograd's network over 100 samples, on the nodes of one engine."""
    spec = importlib.util.find_spec("micrograd.nn")
    assert spec is not None
    assert spec.loader is not None
    nn: ModuleType = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(nn)
    nn.Value = value  # type: ignore[attr-defined]
    nn.random.seed(1)
    net = nn.MLP(2, [16, 16, 1])
    samples = [[value(math.sin(k)), value(math.cos(3 * k))] for k in range(100)]
    return lambda: sum((net(x) for x in samples), value(0.0))


def step(forward: Callable[[], Any], *, freeing: bool) -> float:
    """Return the seconds that one forward and backward pass takes, with or without the freeing of the graph."""
    start = time.perf_counter()
    root = forward()
    root.backward()
    if freeing:
        del root
    return time.perf_counter() - start


def alternate(ours: Callable[[], float], theirs: Callable[[], float], block: int, *, collector: bool) -> list[float]:
    """Return the medians of what the two measure, in blocks in turn."""
    times: list[list[float]] = [[], []]
    for _ in range(ROUNDS):
        for which, measure in enumerate((ours, theirs)):
            gc.collect()
            (gc.enable if collector else gc.disable)()
            for k in range(block):
                seconds = measure()
                if k:
                    times[which].append(seconds)
                if not collector:
                    gc.collect()
            gc.enable()
    return [statistics.median(t) for t in times]


def epochs(epoch: Callable[[], None], count: int = 300) -> float:
    """Return the seconds per epoch."""
    start = time.perf_counter()
    for _ in range(count):
        epoch()
    return (time.perf_counter() - start) / count


def operations(root: autograd_lite.Value) -> int:
    """Return the number of operations in a graph."""
    return sum(node.op is not None for node in autograd_lite.topological(root))


def bytes_per_operation(forward: Callable[[], autograd_lite.Value]) -> tuple[float, float]:
    """Return the memory of a graph per operation, after the forward pass and after backward()."""
    gc.collect()
    tracemalloc.start()
    root = forward()
    built = tracemalloc.get_traced_memory()[0]
    root.backward()
    done = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    return built / operations(root), done / operations(root)


def main() -> list[dict[str, Any]]:
    """Run everything, print the table and return its rows: seconds, or bytes, by name."""
    rows: list[dict[str, Any]] = []
    ours, theirs = autograd_lite.Value, micrograd.engine.Value
    ours_mlp, their_mlp = mlp(ours), mlp(theirs)
    count = operations(ours_mlp())
    print(f"Python {platform.python_version()} on {platform.machine()}, medians of {ROUNDS} rounds in turn")
    print(f"{'':46}{'autograd_lite':>14}{'micrograd':>12}{'ratio':>8}")

    fast, _ = mazur(ours, autograd_lite.sigmoid)
    for sigmoid, written in ((composed_sigmoid, "1/(1 + exp(-x))"), (single_sigmoid, "as one operation")):
        slow, _ = mazur(theirs, sigmoid)
        a, b = alternate(partial(epochs, fast), partial(epochs, slow), 4, collector=True)
        name = f"Mazur, us per epoch, sigmoid {written}"
        rows.append({"workload": name, "ours": a, "micrograd": b})
        print(f"{name:46}{a * 1e6:14.1f}{b * 1e6:12.1f}{b / a:8.2f}")
    for collector in (True, False):
        a, b = alternate(
            partial(step, ours_mlp, freeing=collector),
            partial(step, their_mlp, freeing=collector),
            5,
            collector=collector,
        )
        name = f"2-16-16-1, ns per operation, collector {'on' if collector else 'off'}"
        rows.append({"workload": name, "ours": a / count, "micrograd": b / count})
        print(f"{name:46}{a / count * 1e9:14.0f}{b / count * 1e9:12.0f}{b / a:8.2f}")
    built, done = bytes_per_operation(ours_mlp)
    print(f"{'bytes per operation, after forward':46}{built:14.1f}")
    print(f"{'bytes per operation, after backward':46}{done:14.1f}")
    return [*rows, {"workload": "bytes per operation, after forward and backward", "ours": [built, done]}]


if __name__ == "__main__":
    main()
