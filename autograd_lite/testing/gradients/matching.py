"""Numbers in the form of others: a gradient beside its point, a Jacobian, what a function gives at another point."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from autograd_lite.engine.graph import readable
from autograd_lite.engine.value import Value
from autograd_lite.testing.gradients.foreign import EPSILON, has_shape, one_number, plain, size_text
from autograd_lite.testing.gradients.structure import Flat, Leaf, Structure, count, in_a_row, is_many, shape_of, some

__all__ = ["matched"]


def matched(form: Structure, given: Any, who: str, *, lead: tuple[int, ...] = ()) -> Flat:
    """Return the row of what has the form of some values: a gradient beside a point.

    Of several values: a sequence in their order, or a dict by name; of one, also that one's by itform. Arrays and
    lists of numbers of the same shape may stand for each other.

    Args:
        form: the values.
        given: the numbers.
        who: what they are, in errors.
        lead: a shape that every array has in front of its own, as a Jacobian has that of the result; a row of
            rows is returned then.

    Raises:
        TypeError: what is no number.
        ValueError: shapes or names that differ; both are named.
    """
    return _rows(form, _listed(form, given, who, lead), who, lead)


def _rows(form: Structure, listed: Sequence[Any], who: str, lead: tuple[int, ...]) -> Flat:
    parts: list[Any] = []
    for (name, tree), x in zip(form.values.items(), listed, strict=True):
        _walk(tree, x, f"{who} for {readable(name)}", lead, parts)
    if not lead:
        return in_a_row(parts)
    import numpy as np

    return np.concatenate([part.reshape(math.prod(lead), -1) for part in parts], axis=1)  # type: ignore[return-value]


def _listed(form: Structure, given: Any, who: str, lead: tuple[int, ...]) -> list[Any]:
    """What is given for each of the values, in their order."""
    names = list(form.values)
    if isinstance(given, (str, bytes, set, frozenset)):
        raise TypeError(
            f"{who} is a number, a sequence of numbers or a dict by name, got {type(given).__name__}; "
            "for arrays, arrays of the same shapes"
        )
    if isinstance(given, Mapping):
        if len(names) == 1 and isinstance(form.values[names[0]], dict) and set(given) != set(names):
            return [given]
        _same_names(names, given, who, "input")
        return [given[name] for name in names]
    if len(names) == 1:
        given = given if _iterable(given) is None or has_shape(given) else list(given)
        single = form.values[names[0]]
        given = _alone(single, given, lead)
        if not (isinstance(single, Leaf) and not single.shape and isinstance(given, (list, tuple)) and len(given) > 1):
            return [given]
    if lead and has_shape(given) and len(names) == form.size and not form.arrays:
        array = plain(given)
        if array.shape == (*lead, form.size):  # the matrix of a function of numbers: a column for each
            return [array[..., k] for k in range(form.size)]
    listed = [given] if _iterable(given) is None else list(given)
    if len(listed) != len(names):
        kind = "number" if not form.arrays and form.size == len(names) else "part"
        there = some(leaf.text for leaf in form.leaves)
        inputs = f"{'is' if len(names) == 1 else 'are'} {count(len(names), 'input')}"
        raise ValueError(f"{who} has {count(len(listed), kind)}, but there {inputs}: {there}")
    return listed


def _iterable(x: Any) -> Any:
    """An iterator over what is given; None for one thing."""
    if isinstance(x, Value) or getattr(x, "shape", None) == ():
        return None
    try:
        return iter(x)
    except TypeError:
        return None


def _alone(tree: Any, given: Any, lead: tuple[int, ...]) -> Any:
    """What is given for a single value: itself, or a sequence of one thing that is for it."""
    if not isinstance(given, (list, tuple)) or len(given) != 1 or (lead and not isinstance(given, tuple)):
        return given
    if isinstance(tree, (list, tuple)) and len(tree) == 1 and not is_many(given[0]):
        return given
    if isinstance(tree, Leaf) and tree.shape is not None and tree.shape[:1] == (1,) and not has_shape(given[0]):
        return given
    return given[0]


def _walk(tree: Any, given: Any, who: str, lead: tuple[int, ...], parts: list[Any]) -> None:
    """Add to `parts` what is given for each leaf of a tree."""
    if isinstance(tree, Leaf):
        parts.append(_numbers(tree, given, who, lead))
    elif isinstance(tree, dict):
        if not isinstance(given, Mapping):
            raise TypeError(
                f"{who} is a dict, as the point is, with {some(map(str, tree))}; got {type(given).__name__}"
            )
        _same_names(list(tree), given, who, "entry of it")
        for key, inner in tree.items():
            _walk(inner, given[key], f"{who}: {readable(str(key))}", lead, parts)
    elif lead and (shape := shape_of(tree)):
        parts.append(_numbers(Leaf(who, 0, shape, float, EPSILON), given, who, lead))
    else:
        listed = list(given) if is_many(given) and not isinstance(given, Mapping) and not lead else None
        if listed is None:
            raise TypeError(f"{who} is a {type(tree).__name__} of {len(tree)}, as the point is; got {_kind(given)}")
        if len(listed) != len(tree):
            raise ValueError(f"{who} has {count(len(listed), 'entry', 'entries')}, but there are {len(tree)}")
        for k, (inner, x) in enumerate(zip(tree, listed, strict=True)):
            _walk(inner, x, f"{who}[{k}]", lead, parts)


def _numbers(leaf: Leaf, given: Any, who: str, lead: tuple[int, ...]) -> Any:
    """The numbers that are given for a leaf: one, or a flat array."""
    if leaf.shape is None and not lead:
        return one_number(given, who)
    import numpy as np

    wanted = (*lead, *(leaf.shape or ()))
    try:
        array = plain(given) if has_shape(given) else np.asarray(given)
    except ValueError:
        raise ValueError(f"{who} has rows of different lengths, where shape {wanted} is expected") from None
    if array.dtype.kind == "O":
        array = np.array([one_number(x, who) for x in array.flat]).reshape(array.shape)
    if array.dtype.kind not in "biuf":
        raise TypeError(f"{who} is an array of {array.dtype}, where floats are due")
    if array.shape != wanted:
        back = "; it is transposed: write .T" if array.shape == wanted[::-1] else ""
        of = f"the shape of the result and then that of {leaf.name} make" if lead else f"{leaf.name} has shape"
        raise ValueError(f"{who} has shape {size_text(array)}, but {of} {wanted}{back}")
    return array.astype(float).ravel()


def _kind(x: object) -> str:
    return f"an array of shape {size_text(x)}" if has_shape(x) else type(x).__name__


def _same_names(names: Sequence[Any], given: Mapping[Any, Any], who: str, what: str) -> None:
    missing = [readable(str(name)) for name in names if name not in given]
    extra = [readable(str(name)) for name in given if name not in names]
    if missing or extra:
        faults = [f"has none for {some(missing)}"] * bool(missing)
        faults += [f"has {some(extra)}, which is no {what}"] * bool(extra)
        there = f"the {what}s are" if what in {"input", "part"} else "there are"
        raise ValueError(f"{who} {' and '.join(faults)}; {there} {some(readable(str(name)) for name in names)}")
