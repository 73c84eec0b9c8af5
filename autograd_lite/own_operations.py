"""Operations of one's own: a function becomes a row beside those of the table."""

import functools
import inspect
import keyword
import math
import threading
import unicodedata
from collections.abc import Callable, Sequence
from string import Formatter
from typing import Any, overload

from autograd_lite.engine import anomaly
from autograd_lite.engine.chain import describe
from autograd_lite.engine.derivatives import dependent, pull_back
from autograd_lite.engine.graph import adjoints, topological
from autograd_lite.engine.ops import ANY, OWN, Interval, Op, Side, number
from autograd_lite.engine.value import Value
from autograd_lite.text.python import RESERVED

__all__ = ["operation"]

_TAKEN = {*RESERVED, "Value", "root", "where"}
_PLACES = (0.3, -0.7, 1.6, -2.1, 0.05, 5.0)
"""Where slopes are compared with differences, as far as the domain goes."""
_lock = threading.Lock()

Domain = Interval | Sequence[Interval]
Kinks = float | Sequence[float] | Callable[[float, float], Side]


@overload
def operation(fn: Callable[..., Any], /) -> Op: ...
@overload
def operation(
    fn: None = None,
    /,
    *,
    slopes: Callable[..., Any] | None = ...,
    name: str = ...,
    latex: str = ...,
    symbol: str = ...,
    domain: Domain = ...,
    kinks: Kinks = ...,
    note: str = ...,
) -> Callable[[Callable[..., Any]], Op]: ...
def operation(
    fn: Callable[..., Any] | None = None,
    /,
    *,
    slopes: Callable[..., Any] | None = None,
    name: str = "",
    latex: str = "",
    symbol: str = "",
    domain: Domain = ANY,
    kinks: Kinks = (),
    note: str = "",
) -> Op | Callable[[Callable[..., Any]], Op]:
    r"""Make a function an operation: one node in a graph, with a name in formulas and diagrams, as those of the table.

    A definition by operations needs nothing else. Its slopes are those of the definition, of any order:

    >>> from autograd_lite import Value, formula, operation, sigmoid
    >>> @operation
    ... def swish(x):
    ...     return x * sigmoid(x)
    >>> x = Value(1.5, label="x")
    >>> y = swish(x)
    >>> y.backward()
    >>> f"{y.data:.6f} {x.grad:.6f}", formula(y), formula(y, x)
    ('1.226362 1.041294', 'swish(x)', 'x * σ(x) * (1 - σ(x)) + σ(x)')

    A function that computes with floats needs its slopes. They are called with the value and the arguments, as in the
    table, and return one slope, or for two arguments a pair. Made of operations, they work on nodes too, which formulas
    and higher derivatives need:

    >>> import math
    >>> from autograd_lite import exp
    >>> @operation(slopes=lambda y, x: -2.0 * x * y, latex=r"e^{{-{0:5}^2}}")
    ... def gaussian(x):
    ...     return math.exp(-x * x)
    >>> formula(gaussian(x), style="latex")
    'e^{-x^2}'

    The operation is found by its name from then on: in formulas that `check_claims` reads, in saved graphs, in pickles.
    Defining it again in the same place (a notebook's cell that is run again) replaces it; nodes made before keep the
    operation they were made by.

    Args:
        fn: the function of one or two floats or nodes; a default of the second is the operation's.
        slopes: `slopes(y, x)`, or `slopes(y, a, b)`; those of the definition if left out.
        name: how formulas call it; the function's own name if left out.
        latex: template of the formula in LaTeX, with the arguments as {0} and {1}; {0:5} puts brackets around all that
            binds looser than a power. Braces of LaTeX are doubled.
        symbol: what diagrams show; the name if left out.
        domain: open interval on which the value is defined, or a pair of them.
        kinks: number, or numbers, of the first argument at which the slope jumps, or a function of both (`Op.kinks`).
        note: the convention there, and whose it is.

    Raises `TypeError` for a function of another number of arguments, for slopes of another form, and for a function
    without slopes that is not made of operations; `ValueError` for a name that is none or is taken, for a template with
    other fields, and for a slope that is not what differences of the values give at some points of the domain.
    """
    if fn is None:
        options = {"name": name, "latex": latex, "symbol": symbol, "domain": domain, "kinks": kinks, "note": note}
        return functools.partial(operation, slopes=slopes, **options)
    if not callable(fn):
        raise TypeError(f"operation() makes a function an operation, got {type(fn).__name__}")
    name = _checked_name(name or getattr(fn, "__name__", ""))
    arity, default = _arguments(fn, name)
    value, partials, written = _from_slopes(fn, slopes, name, arity) if slopes else _from_definition(fn, name)
    row = Op(
        name=name,
        fn=value,
        partials=partials,
        latex=_checked_template(latex, arity, name),
        label=symbol,
        domain=_intervals(domain, arity, name),
        kinks=kinks if callable(kinks) else tuple(map(number, [kinks] if isinstance(kinks, (int, float)) else kinks)),
        default=default,
        note=note,
        written=written,
        definition=None if slopes else fn,
    )
    _check_slopes(row)
    with _lock:
        before = OWN.get(name)
        if before is not None and _origin(before.fn) != _origin(value):
            raise ValueError(
                f"there is an operation {name!r} already, defined as {'.'.join(_origin(before.fn))}; "
                "give this one another name"
            )
        OWN[name] = row
    return row


# --- what is asked of the function ---------------------------------------------------------------------------------


def _origin(fn: Callable[..., Any]) -> tuple[str, str]:
    return fn.__module__, fn.__qualname__


def _checked_name(name: str) -> str:
    from autograd_lite.audit.notation.functions import CONSTANTS, FUNCTIONS, SIGNS  # when needed: they are many modules

    if not str(name).isidentifier() or name != unicodedata.normalize("NFKC", name):
        raise ValueError(f"the name of an operation is an identifier such as swish, got {name!r:.60}; give name=")
    if keyword.iskeyword(name) or name in {*_TAKEN, *SIGNS, *CONSTANTS} or (name in FUNCTIONS and name not in OWN):
        raise ValueError(f"the name {name!r} means something else in formulas already; give name=")
    return name


def _arguments(fn: Callable[..., Any], name: str) -> tuple[int, float | None]:
    """How many arguments the function takes, and the default of the second."""
    rule = f"an operation has one argument or two, since a node has two operands; {name} takes"
    try:
        taken = [p for p in inspect.signature(fn).parameters.values() if p.kind is not p.KEYWORD_ONLY]
    except ValueError:
        raise TypeError(f"{rule} nobody knows how many; wrap it, as in operation(lambda x: {name}(x), ...)") from None
    if any(p.kind in {p.VAR_POSITIONAL, p.VAR_KEYWORD} for p in taken):
        raise TypeError(f"{rule} any number; name them")
    if len(taken) not in {1, 2}:
        more = ", so write it as a plain function of operations, such as those of two of its arguments" if taken else ""
        raise TypeError(f"{rule} {len(taken)}{more}")
    default: Any = taken[-1].default
    return len(taken), number(default) if len(taken) == 2 and default is not inspect.Parameter.empty else None


def _intervals(domain: Any, arity: int, name: str) -> tuple[Interval, ...]:
    pair = list(domain) if isinstance(domain, (tuple, list)) else []
    each = [domain] * arity if pair and not isinstance(pair[0], (tuple, list)) else pair
    try:
        intervals = tuple((float(low), float(high)) for low, high in each)
    except (TypeError, ValueError):
        intervals = ()
    if len(intervals) != arity or not all(low < high for low, high in intervals):
        wanted = "an interval (low, high)" if arity == 1 else "an interval (low, high), or a pair of them"
        raise ValueError(f"the domain of {name} is {wanted}, got {domain!r:.80}")
    return intervals


def _checked_template(latex: str, arity: int, name: str) -> str:
    if not latex:
        return ""
    fields = " and ".join(f"{{{k}}}" for k in range(arity))
    wanted = f"the LaTeX of {name} has the argument{'s' * (arity > 1)} as {fields}, other braces doubled"
    try:
        pieces = [(field, spec) for _, field, spec, _ in Formatter().parse(latex) if field is not None]
    except ValueError as error:
        raise ValueError(f"{wanted}; got {latex!r}: {error}") from None
    if {field for field, _ in pieces} != {str(k) for k in range(arity)}:
        raise ValueError(f"{wanted}; got {latex!r}")
    if any(spec and not spec.isdecimal() for _, spec in pieces):
        raise ValueError(f"{wanted}, and how tightly one must bind as in {{0:5}}; got {latex!r}")
    return latex


def _check_slopes(row: Op) -> None:
    """Raise `ValueError` for a slope that is not what differences of the values give."""
    from autograd_lite.testing.gradients.number_text import exactly, uncertain
    from autograd_lite.testing.gradients.verdicts import Verdict, check_slope
    from autograd_lite.testing.strategies.domains import at_kink, evaluate

    kept = [[x for x in (*_PLACES, *_inside(one)) if one[0] < x < one[1]] for one in row.domain]
    points = list(zip(*(xs[k:] + xs[:k] for k, xs in enumerate(kept)), strict=False))
    seen = 0
    for point in points:
        if at_kink(row, point, 0.01):
            continue
        y, slopes = evaluate(row, point)
        if not all(map(math.isfinite, (y, *slopes))):
            continue
        seen += 1
        for k, slope in enumerate(slopes):
            finding, _ = check_slope(lambda t, k=k, at=point: row.fn(*at[:k], t, *at[k + 1 :]), point[k], slope)  # type: ignore[misc]
            if finding.verdict == Verdict.WRONG:
                along = f" along its {('first', 'second')[k]} argument" if row.arity > 1 else ""
                raise ValueError(
                    f"the slope of {row.name}{along} is {exactly(slope)} at ({', '.join(map(exactly, point))}), but "
                    f"differences of its values give {uncertain(finding.expected, finding.uncertainty)}"
                )
    if not seen:
        raise ValueError(
            f"{row.name} has no finite value with finite slopes at any of the points tried, {points}; "
            "say where it is defined: domain=(low, high)"
        )


def _inside(domain: Interval) -> list[float]:
    """Points of a domain that is bounded, or lies far away."""
    low, high = domain
    if math.isinf(low) or math.isinf(high):
        return [low + 1.5, low + 4.0] if math.isfinite(low) else [high - 1.5, high - 4.0] if math.isfinite(high) else []
    return [low + part * (high - low) for part in (0.25, 0.6, 0.8)]


# --- values and slopes ---------------------------------------------------------------------------------------------

Functions = tuple[Callable[..., float], Callable[..., Any], Callable[..., Any] | None]
"""Of a row: `fn`, `partials` and `written`."""


def _from_slopes(fn: Callable[..., Any], slopes: Callable[..., Any], name: str, arity: int) -> Functions:
    called = "slopes(y, x)" if arity == 1 else "slopes(y, a, b)"
    wanted = f"the slopes of {name} are a function of its value and its arguments, {called}"
    if not callable(slopes):
        raise TypeError(f"{wanted}, got {type(slopes).__name__}")
    try:
        inspect.signature(slopes).bind(*[0.0] * (1 + arity))
    except TypeError as error:
        raise TypeError(f"{wanted}; called so it says: {error}") from None

    @functools.wraps(fn)
    def value(*args: float) -> float:
        try:
            return number(fn(*args))
        except TypeError as error:
            error.add_note(f"raised by {name}, which is called with floats and returns one")
            raise

    def partials(y: Any, *args: Any) -> Any:
        try:
            given = slopes(y, *args)
        except TypeError as error:
            if not isinstance(y, Value):
                raise
            raise TypeError(
                f"the slopes of {name}, called with nodes, as for formulas and second derivatives, raise: {error}; "
                "make them of operations, exp(x) instead of math.exp(x)"
            ) from error
        pair = tuple(given) if isinstance(given, (tuple, list)) else (given,)
        if len(pair) != arity or not all(isinstance(x, (int, float, Value)) for x in pair):
            raise TypeError(
                f"the slopes of {name} are {('one number', 'a pair of numbers')[arity - 1]}, got {given!r:.80}"
            )
        return pair if arity > 1 else pair[0]

    return value, partials, None


def _from_definition(fn: Callable[..., Any], name: str) -> Functions:
    def graph(args: Sequence[Any]) -> tuple[list[Value], Value]:
        """The graph of the definition, upon leaves that stand for the arguments."""
        leaves = [Value(x.data if isinstance(x, Value) else x) for x in args]
        remedy = f"make {name} of operations, exp(x) instead of math.exp(x), or give its slopes=, as operation() says"
        try:
            with anomaly.unchecked():
                root = fn(*leaves)
        except TypeError as error:
            raise TypeError(f"{name} has no slopes, and called with a node it raises: {error}; {remedy}") from error
        if not isinstance(root, Value):
            raise TypeError(f"{name} has no slopes, and of a node it makes no node but {type(root).__name__}; {remedy}")
        own = set(leaves)
        foreign = [x for x in topological(root) if x.op is None and x not in own]
        if foreign:
            raise TypeError(
                f"{name} uses {describe(foreign[0])}, a node that is no argument of it and would get no gradient: "
                "make it an argument, or use its .data"
            )
        return leaves, root

    @functools.wraps(fn)
    def value(*args: float) -> float:
        return graph(args)[1].data

    def partials(y: Any, *args: Any, written: bool = False) -> Any:
        leaves, root = graph(args)
        if not isinstance(y, Value):
            reached = adjoints(root)
            results: list[Any] = [reached.get(x, 0.0) for x in leaves]
        else:
            order = dependent(topological(root), leaves)
            slopes = pull_back(order, root, leaves, written=written)
            results = [_moved(slopes.get(x, 0.0), dict(zip(leaves, args, strict=True))) for x in leaves]
        return tuple(results) if len(results) > 1 else results[0]

    return value, partials, functools.partial(partials, written=True)


def _moved(x: Value | float, onto: dict[Value, Any]) -> Any:
    """The calculation of `x`, done again with other nodes or numbers in place of its leaves."""
    if not isinstance(x, Value):
        return x
    done = dict(onto)
    for node in topological(x):
        if node.op is not None:
            done[node] = node.op(*(done.get(arg, arg) if isinstance(arg, Value) else arg for arg in node.args))
    return done.get(x, x)
