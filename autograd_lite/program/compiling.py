"""Record a graph, or a function, as a program."""

import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from autograd_lite.engine import comparisons
from autograd_lite.engine.graph import find, topological
from autograd_lite.engine.ieee import number
from autograd_lite.engine.validation import in_order, is_list
from autograd_lite.engine.value import Operand, Value
from autograd_lite.program.backends import check_backend
from autograd_lite.program.program import Program
from autograd_lite.program.recorded import Recorded

__all__ = ["compile"]


def compile(  # noqa: A001  (autograd_lite.compile, which a star import leaves out)
    y: Value | Sequence[Value] | Callable[..., Any],
    *,
    wrt: Value | str | Iterable[Value | str] | None = None,
    inputs: Value | str | Iterable[Value | str] | None = None,
    updates: Mapping[Any, Operand] | None = None,
    at: Any = None,
    backend: str = "python",
) -> Program:
    """Record a graph as a program, which computes value and gradient at other inputs without building nodes.

    >>> from autograd_lite import Value, compile, grad
    >>> w = Value(3.0, "w")
    >>> program = compile((w - 1) ** 2)
    >>> program(5.0)
    Result(value=16.0, gradient={'w': 8.0})
    >>> descent = compile((w - 1) ** 2, updates={w: w - 0.25 * grad((w - 1) ** 2, w)})
    >>> descent.iterate([3.0], epochs=3).state
    {'w': 1.25}

    Args:
        y: the result, or a list of results, of which the program gives values and gradients; or a function, which is
            called once, with nodes, at the point `at`.
        wrt: the nodes or labels to take the gradient along. By default the inputs that results depend on.
        inputs: the leaves, or labels of leaves, whose numbers each call gives, in this order. By default all that have
            a label, in the order in which results, and then updates, first use them. All other leaves are frozen: they
            keep the numbers that they have now.
        updates: what replaces inputs in `Program.iterate`, a node for each: {w: w - 0.5 * grad(E, w)}. What it is made
            of, such as a learning rate or a velocity, may be an input too.
        at: the point where a function is recorded, for a function alone: a tuple of its arguments, or one number; a
            dict by name; a list for a function of one list.
        backend: what runs the program: "python", whose floats are those of the nodes; "numpy", which computes rows of
            data and lanes in arrays; "llvm", machine code that llvmlite makes; "auto", the fastest that is installed
            and pays off for what is asked. `Program.backend` says which it was.

    If a function compares nodes, in an `if` or in `max`, the program has the branch taken alone. Every call checks that
    the comparison comes out the same, and raises `FrozenBranchError` if not. What the function reads in another way,
    such as `x.data` or a random number, cannot be seen, and stays what it was: `Program.verify` finds that.

    Raises:
        TypeError: something is no node, label or number where one is due; `wrt`, `inputs` or `updates` for a function,
            or a function without `at`.
        ValueError: a label or node that the graph lacks, an input that is the result of an operation, two outputs with
            one name, an unknown backend.
        ImportError: a backend needs a package that is not installed.
        StaleGraphError: a leaf was changed after the graph was computed.
    """
    backend = check_backend(backend)
    if not isinstance(y, Value) and callable(y):
        return Program(_called(y, at, wrt, inputs, updates), backend=backend)
    if at is not None:
        raise TypeError("at= says where a function is recorded; a graph has its numbers already")
    outputs = (y,) if isinstance(y, Value) else _nodes(y)
    if updates is not None and not isinstance(updates, Mapping):
        raise TypeError(f"updates is a dict such as {{w: w - 0.5 * grad(E, w)}}, got {type(updates).__name__}")
    news = {key: _update(x) for key, x in (updates or {}).items()}
    results = _Nodes(outputs)
    everything = _Nodes((*outputs, *news.values())) if news else results
    if inputs is None:
        chosen = tuple(node for node in everything.inside if node.op is None and node.label)
    else:
        chosen = everything.those(inputs, "inputs")
    along = tuple(x for x in chosen if x in results.inside) if wrt is None else results.those(wrt, "wrt")
    replaced = everything.those(list(news), "updates")
    if len(replaced) < len(news):
        raise ValueError("an input has two updates, by its node and by its label; give it one")
    pairs = zip(replaced, news.values(), strict=True)
    return Program(Recorded(outputs, isinstance(y, Value), along, chosen, tuple(pairs), ()), backend=backend)


class _Nodes:
    """The nodes of some graphs, in order, and by label."""

    def __init__(self, roots: Sequence[Value]) -> None:
        self.roots = roots
        done = set[Value]()
        self.inside = dict.fromkeys(node for root in roots if root not in done for node in topological(root, done))
        self.by_label: dict[str, list[Value]] = {}
        for node in self.inside:
            self.by_label.setdefault(node.label, []).append(node)

    def those(self, some: Any, what: str) -> tuple[Value, ...]:
        """The nodes that are meant by nodes and labels, each once; raises `ValueError` for one that is not there."""
        given = [some] if isinstance(some, (Value, str)) else list(in_order(some, what))
        return tuple(dict.fromkeys(self._one(x, what) for x in given))

    def _one(self, x: Any, what: str) -> Value:
        if isinstance(x, str) and x and len(self.by_label.get(x, ())) == 1:
            return self.by_label[x][0]
        node = find(self.roots[0], x)  # which knows what to say of a label that no node has, or several
        if node not in self.inside:
            raise ValueError(
                f"{what}: {node!r} is not in the graph; a result that does not depend on it has no use for it"
            )
        return node


def _nodes(y: Any) -> tuple[Value, ...]:
    if not is_list(y) or not len(y):
        raise TypeError(f"a program is recorded from a node (Value), a list of nodes, or a function; got {y!r:.60}")
    for node in y:
        if not isinstance(node, Value):
            raise TypeError(f"the results are nodes (Value), one of them is {type(node).__name__}")
    if len(set(y)) < len(y):
        raise ValueError("one of the results is there twice, and would have one name; list each once")
    return tuple(y)


def _update(x: Any) -> Value:
    if isinstance(x, Value):
        return x
    return Value(number(x))


# --- functions -----------------------------------------------------------------------------------------------------


def _called(f: Callable[..., Any], at: Any, wrt: Any, inputs: Any, updates: Any) -> Recorded:
    if wrt is not None or inputs is not None or updates is not None:
        raise TypeError(
            "the inputs of a function are its arguments, and gradients are taken along all; give a graph for others"
        )
    if at is None:
        raise TypeError("a function is recorded at a point: compile(f, at=(0.5, 1.0))")
    names, numbers, function = _arguments(f, at)
    nodes = [Value(x, name) for x, name in zip(numbers, names, strict=True)]
    with comparisons.recorded() as found:
        made = function(*nodes)
    if isinstance(made, Value):
        outputs: tuple[Value, ...] = (made,)
    elif is_list(made) and len(made) and all(isinstance(x, Value) for x in made):
        outputs = tuple(made)
    else:
        raise TypeError(
            f"the function returns {made!r:.60}; it has to return a Value, or a list of them, made of its arguments"
        )
    return Recorded(outputs, isinstance(made, Value), tuple(nodes), tuple(nodes), (), tuple(found), function)


@dataclass(frozen=True)
class _ByName:
    """A function of nodes in order, made of one with names."""

    function: Callable[..., Any]
    names: tuple[str, ...]

    def __call__(self, *nodes: Value) -> Any:
        return self.function(**dict(zip(self.names, nodes, strict=True)))


@dataclass(frozen=True)
class _OfList:
    """A function of nodes in order, made of one of a list."""

    function: Callable[..., Any]

    def __call__(self, *nodes: Value) -> Any:
        return self.function(list(nodes))


def _arguments(f: Callable[..., Any], at: Any) -> tuple[list[str], list[float], Callable[..., Any]]:
    """Names and numbers of the arguments, and the function of them in order."""
    try:
        names = [
            p.name
            for p in inspect.signature(f).parameters.values()
            if p.kind in {p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD}
        ]
    except (TypeError, ValueError):
        names = []
    if isinstance(at, Mapping):
        keys = list(at)
        return (
            [str(key) for key in keys],
            [number(x) for x in at.values()],
            _ByName(f, tuple(keys)),
        )
    if isinstance(at, list):
        name = names[0] if names else "x"
        return [f"{name}[{k}]" for k in range(len(at))], [number(x) for x in at], _OfList(f)
    numbers = [number(x) for x in at] if is_list(at) else [number(at)]
    try:
        inspect.signature(f).bind(*numbers)
    except TypeError as error:
        raise TypeError(f"at= has a number for each argument of the function, got {len(numbers)}: {error}") from None
    except ValueError:  # nobody knows what it takes
        pass
    names += [f"x{k + 1}" for k in range(len(names), len(numbers))]
    return names[: len(numbers)], numbers, f
