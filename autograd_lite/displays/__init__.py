"""What objects of the package look like in a notebook."""

from importlib import import_module

__all__ = ["DISPLAYS", "display"]

DISPLAYS = {
    "Value": "networks.node",
    "Layer": "networks.layer",
    "Pass": "networks.steps",
    "Network": "networks.network",
    "GradientDescent": "networks.descent",
    "History": "training.history",
    "Sweep": "training.sweep",
    "Program": "training.program",
    "Result": "training.result",
    "Iteration": "training.iteration",
    "Lanes": "training.lanes",
    "Remark": "training.remark",
    "Task": "networks.task",
    "Published": "published.number",
    "Check": "published.check",
    "Erratum": "published.erratum",
    "NetworkExample": "published.network_example",
    "ScalarExample": "published.scalar_example",
    "Claim": "reports.claim",
    "Mistake": "reports.mistake",
    "CheckedSlope": "reports.checked",
    "Slope": "reports.slope",
    "Factor": "reports.factor",
    "Path": "reports.path",
    "Step": "reports.step",
}
"""The function, in a module of this room, that displays a class; loaded when it is first asked for."""


def display(x: object) -> str:
    """Return an object as HTML that notebooks show before they are trusted: no script, no inline SVG, no MathML."""
    found = next(DISPLAYS[cls.__name__] for cls in type(x).__mro__ if cls.__name__ in DISPLAYS)
    module, _, function = found.partition(".")
    html: str = getattr(import_module(f"{__name__}.{module}"), function)(x)
    return html
