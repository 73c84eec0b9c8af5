"""Names with indices and a layer, such as w₁₁⁽²⁾: how they are spelled as labels, and taken apart again."""

import re

__all__ = ["Indexed", "indexed", "taken_apart"]

_BELOW = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
_ABOVE = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
_DIGITS = str.maketrans("₀₁₂₃₄₅₆₇₈₉⁰¹²³⁴⁵⁶⁷⁸⁹", "01234567890123456789")
_LABEL = re.compile(r"([A-Za-zΑ-Ωα-ω])([₀-₉]*|[₀-₉]+\.[₀-₉]+)⁽([⁰¹²³⁴-⁹]+)⁾((?:\[\w+\])?)", re.ASCII)

Indexed = tuple[str, str, str, str]
"""A name taken apart: "w₁₂⁽³⁾[4]" is w, with the indices 12 and the layer 3, and then [4]."""


def indexed(letter: str, layer: int, *indices: int, after: str = "") -> str:
    """Return the name of what has these indices in a layer: one after the other, with a dot between them from 10 on.

    >>> indexed("w", 2, 1, 1), indexed("w", 2, 12, 1), indexed("b", 2, after="[3]")
    ('w₁₁⁽²⁾', 'w₁₂.₁⁽²⁾', 'b⁽²⁾[3]')
    """
    below = ("." if any(k > 9 for k in indices) else "").join(map(str, indices)).translate(_BELOW)
    return f"{letter}{below}⁽{str(layer).translate(_ABOVE)}⁾{after}"


def taken_apart(label: str) -> Indexed | None:
    """Take a label apart that is such a name; None for others. The dot between indices becomes a comma."""
    match = _LABEL.fullmatch(label)
    if match is None:
        return None
    letter, below, layer, after = match.groups()
    return letter, below.replace(".", ",").translate(_DIGITS), layer.translate(_DIGITS), after
