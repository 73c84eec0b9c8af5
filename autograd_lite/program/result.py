"""What a call of a program gives: the value and its gradient."""

import itertools
from typing import Any, NamedTuple

__all__ = ["Result"]


class Result(NamedTuple):
    """What a program returns: the value, and its gradient, a dict by the names of `Program.wrt`.

    Of several outputs, `value` is a dict by their names, and `gradient` a dict of gradients by their names.
    """

    value: Any
    gradient: Any

    def __repr__(self) -> str:
        return f"Result(value={_several(self.value)}, gradient={_several(self.gradient)})"

    def _repr_html_(self) -> str:
        from autograd_lite.displays import display

        return display(self)


def _several(x: object) -> str:
    """Return numbers by name as Python writes them; of more than twelve the first five, and how many there are."""
    if not isinstance(x, dict):
        return repr(x)
    texts = [f"{name!r}: {_several(one)}" for name, one in itertools.islice(x.items(), 12 if len(x) <= 12 else 5)]
    return f"{{{', '.join(texts)}{f', ... ({len(x):,} in all)' * (len(x) > 12)}}}"
