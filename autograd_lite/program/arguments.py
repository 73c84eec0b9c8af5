"""What a program is given: inputs by place, name or node, a state, rows of data; checked, as floats."""

import difflib
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from autograd_lite.engine.graph import readable
from autograd_lite.engine.ieee import number, short
from autograd_lite.engine.validation import is_list
from autograd_lite.engine.value import Value

Check = Callable[[Any, str], Any]
NO_UPDATES = "this program has no updates; give them to compile(), as in updates={w: w - 0.5 * grad(E, w)}"

__all__ = [
    "NO_UPDATES",
    "by_name",
    "checked_number",
    "few",
    "is_mean",
    "listed",
    "others_of",
    "rows_of",
    "state_of",
    "unknown",
]


def by_name(
    names: Sequence[str],
    nodes: Sequence[Value],
    args: Sequence[Any],
    named: Mapping[str, Any],
    *,
    checked: Check | None = None,
) -> dict[str, Any]:
    """Return inputs by name: those in order or in one list, or one mapping by name or node, and those by name.

    Raises `TypeError` for too many, for one given twice, and for what is no number; `ValueError` for a name that none
    has, and for NaN. `checked` returns what is given as it is kept, by default as a float.
    """
    checked = checked or checked_number
    if len(args) == 1 and is_list(args[0]):
        args = list(args[0])
    if len(args) == 1 and isinstance(args[0], Mapping):
        of_node = dict(zip(nodes, names, strict=True))
        pairs: list[tuple[Any, Any]] = [(of_node.get(key, key), x) for key, x in args[0].items()]
    elif len(args) > len(names):
        raise TypeError(f"this program takes {len(names)} inputs, {listed(names)}; got {len(args)}")
    else:
        pairs = list(zip(names, args, strict=False))
    given: dict[str, Any] = {}
    known = set(names)
    for name, x in (*pairs, *named.items()):
        if name not in known:
            raise ValueError(f"no input {unknown(name, names)}")
        if name in given:
            raise TypeError(f"the input {readable(name)} is given twice")
        # a float is the usual case, and writing what it is for takes longer than looking at it
        given[name] = x if type(x) is float and not math.isnan(x) else checked(x, f"the input {readable(name)}")
    return given


def state_of(
    names: Sequence[str], nodes: Sequence[Value], state: Any, *, checked: Check | None = None
) -> tuple[Any, ...]:
    """Return the state that an iteration begins with, in order; None is the data that the nodes have.

    Raises `TypeError` for what is no list or mapping, or lacks one; and as `by_name` does.
    """
    if state is None:
        state = [node.data for node in nodes]
    if not isinstance(state, Mapping) and not is_list(state):
        raise TypeError(f"the state is a list of {listed(names)}, or a dict; got {type(state).__name__}")
    pairs = state if isinstance(state, Mapping) else dict(zip(names, state, strict=False))
    if len(state) > len(names):
        raise TypeError(f"the state is a list of {listed(names)}, or a dict; got {len(state)} numbers")
    given = by_name(names, nodes, [pairs], {}, checked=checked)
    if missing := [name for name in names if name not in given]:
        raise TypeError(f"the state is {listed(names)}; not given: {listed(missing)}")
    return tuple(given[name] for name in names)


def others_of(names: Sequence[str], nodes: Sequence[Value], given: Any) -> Mapping[Any, Any]:
    """Return the inputs given beside a state.

    Raises `TypeError` for what is no mapping, and `ValueError` for one that belongs to the state.
    """
    if given is not None and not isinstance(given, Mapping):
        raise TypeError(f"inputs is a dict by name or node; got {type(given).__name__}")
    inputs: Mapping[Any, Any] = given or {}
    if both := [name for name, node in zip(names, nodes, strict=True) if name in inputs or node in inputs]:
        raise ValueError(f"{listed(both)}: with an update it belongs to the state, not to inputs")
    return inputs


def rows_of(data: Any, columns: Sequence[str]) -> list[tuple[float, ...]]:
    """Return rows of numbers for some inputs; a row may hold lists, such as inputs and targets.

    `data` is a list of rows, or a mapping of columns. Raises `TypeError` for what is neither, and `ValueError` for no
    rows, a row of another length, and NaN.
    """
    due = f"data is a list of rows, each of {len(columns)} numbers, {listed(columns)}, or a dict of such columns"
    if not columns:
        raise ValueError(
            f"data is for inputs that are not given otherwise, but all are; leave {listed(columns) or 'it'} out"
        )
    if isinstance(data, Mapping):
        data = _transposed(data, columns, due)
    if not is_list(data):
        raise TypeError(f"{due}; got {type(data).__name__}")
    rows = []
    for k, row in enumerate(data):
        found = list(_flat(row)) if is_list(row) else [row]
        if len(found) != len(columns):
            raise ValueError(f"{due}; row {k} has {len(found)}")
        rows.append(
            tuple(
                x if type(x) is float and not math.isnan(x) else checked_number(x, f"row {k} of data, {readable(name)}")
                for x, name in zip(found, columns, strict=True)
            )
        )
    if not rows:
        raise ValueError(f"{due}; got none")
    return rows


def _transposed(data: Mapping[str, Any], columns: Sequence[str], due: str) -> list[tuple[Any, ...]]:
    """The rows of some columns."""
    odd = [name for name in data if name not in columns] + [name for name in columns if name not in data]
    if odd:
        raise ValueError(f"{due}; {short(odd[0])} is {'not among them' if odd[0] in data else 'missing'}")
    for name in columns:
        if not is_list(data[name]):
            raise TypeError(f"the column {readable(name)} of data is a list, got {type(data[name]).__name__}")
    lengths = {name: len(data[name]) for name in columns}
    if len(set(lengths.values())) > 1:
        raise ValueError(f"the columns of data are of one length, got {lengths}")
    return list(zip(*(data[name] for name in columns), strict=True))


def is_mean(reduce: str) -> bool:
    """Return whether rows are averaged; raises `ValueError` for what is neither "mean" nor "sum"."""
    if reduce not in ("mean", "sum"):
        raise ValueError(f"reduce is 'mean' or 'sum', got {reduce!r:.60}")
    return reduce == "mean"


def _flat(row: Iterable[Any]) -> Iterable[Any]:
    for x in row:
        if is_list(x):
            yield from _flat(x)
        else:
            yield x


def checked_number(x: Any, what: str) -> float:
    """Return a number as a float; raises `TypeError` and `ValueError` (for NaN) that say what it was for."""
    try:
        found = number(x)
    except (TypeError, OverflowError) as error:
        raise type(error)(f"{what}: {error}") from None
    if math.isnan(found):
        raise ValueError(f"{what} is NaN; a program takes numbers")
    return found


def listed(names: Iterable[str]) -> str:
    """Name some names in a message."""
    texts = list(map(readable, names))
    return ", ".join(texts) if len(texts) <= 12 else f"{', '.join(texts[:5])}, ... {texts[-1]} ({len(texts)} in all)"


def unknown(name: object, names: Sequence[str]) -> str:
    """Say of a name that it is none, and which there are."""
    near = difflib.get_close_matches(name, names, 1, 0.5) if isinstance(name, str) and len(name) <= 100 else []
    hint = f"; did you mean {short(near[0])}?" if near else f"; there are {listed(names)}"
    return f"{short(name)}{hint}"


def few(names: Sequence[str], what: str) -> str:
    """Return a few names; of more, or long ones, how many there are."""
    text = listed(names)
    return text if len(names) < 5 and len(text) <= 25 else f"{len(names)} {what}s"
