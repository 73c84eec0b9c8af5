"""How a graph is written down: formulas as plain text, Python, LaTeX and MathML, in the user's own names."""

from autograd_lite.text.formulas import STYLES, formula, formulas, symbols

__all__ = ["STYLES", "formula", "formulas", "symbols"]
