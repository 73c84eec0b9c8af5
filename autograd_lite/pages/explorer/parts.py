"""The parts of a page that show one quantity: templates for its panel and steps, rows of fields and of tables."""

import math
from collections.abc import Callable, Collection, Sequence

from autograd_lite.pages.explorer.formulas import Formulas, marked, sign
from autograd_lite.pages.explorer.formulas import math as line
from autograd_lite.pages.explorer.quantities import RATE, Kind, Quantity, delta, gradient, mean, new
from autograd_lite.pages.explorer.steps import Step
from autograd_lite.pages.markup import Html, element, joined

__all__ = ["field_row", "formula_box", "last_update", "numbers_table", "panel", "program", "rate_row", "templates"]

EXPLAINED = 300
"""Of so many local derivatives each has its formula in the page."""
ROLES = {
    Kind.INPUT: "input",
    Kind.TARGET: "target: what the output should be",
    Kind.WEIGHT: "weight",
    Kind.BIAS: "bias",
    Kind.LEAF: "given",
    Kind.SUM: "weighted sum of a neuron",
    Kind.ACTIVATION: "output of a neuron",
    Kind.ERROR: "error of one output",
    Kind.RESULT: "the loss",
    Kind.NODE: "computed",
}


def formula_box(name: str, *, label: str) -> Html:
    """Return the box for the lines of a formula, a template of that name; it scrolls where the page is narrow."""
    return element("div", data_use=name, class_="worked", tabindex="0", role="group", aria_label=label)


def templates(
    formulas: Formulas,
    steps: Sequence[Step],
    trained: Sequence[Quantity],
    fixed: Collection[Quantity],
    *,
    several: bool,
) -> Html:
    """Return what the page's scripts put in its place when it is asked for: panels, steps, local derivatives."""
    made = [_template(f"panel {q.key}", panel(formulas, q, fixed=q in fixed)) for q in formulas.model.quantities]
    for q in formulas.model.quantities:
        if q.node.op is not None:
            made.append(_template(f"value {q.key}", joined(*formulas.of_value(q))))
        made.append(_template(f"gradient {q.key}", joined(*formulas.of_gradient(q))))
    made += [_template(f"update {q.key}", joined(*_update(formulas, q, several=several))) for q in trained]
    made += [_template(f"step {k}", _step(step, k, len(steps))) for k, step in enumerate(steps)]
    made += [
        _template(
            edge.key,
            joined(
                element("span", line(formulas.local_name(edge)), class_="above"),
                marked("span", edge.key, "bracket", formulas.numbers[edge.key], class_="number"),
            ),
        )
        for edge in formulas.model.edges
    ]
    if len(formulas.model.edges) <= EXPLAINED:
        made += [_template(f"local {edge.key}", formulas.of_local(edge)) for edge in formulas.model.edges]
    return joined(*made)


def _template(name: str, content: Html) -> Html:
    return element("template", content, data_name=name)


def panel(formulas: Formulas, q: Quantity, *, fixed: bool) -> Html:
    """Return the panel on a quantity: what it is, its value and gradient with formulas, and a field if it is given."""
    result = formulas.model.result
    role = ROLES[q.kind]
    if q is result and q.kind is Kind.RESULT and not any(x.kind is Kind.WEIGHT for x in formulas.model.quantities):
        role = "the result"
    if fixed:
        role += ", fixed: not trained"
    head = element("h2", line(formulas.symbol(q.name)), " ", element("small", role), class_="what", id="selected")
    parts: list[Html] = [head]
    if q.node.op is None:
        parts.append(element("div", *field_row(q, formulas.numbers[q.key]), class_="field"))
    else:
        parts.append(formula_box(f"value {q.key}", label=f"Formula of {q.name}"))
    if q is not result:
        asked = element(
            "p",
            f"If {q.name} grows a little, how much does {result.name} grow? ",
            marked("strong", gradient(q.key), "signed", formulas.numbers[gradient(q.key)]),
            " times as much.",
            class_="asked",
        )
        parts += [asked, formula_box(f"gradient {q.key}", label=f"Gradient along {q.name}")]
    return joined(*parts)


def _step(step: Step, k: int, count: int) -> Html:
    return joined(
        element("p", element("b", str(step.stage)), f" · step {k + 1} of {count}", class_="where"),
        formula_box(f"{step.what} {step.quantity.key}", label=f"The computation of step {k + 1}"),
        element("p", step.words, class_="words"),
    )


def _update(formulas: Formulas, q: Quantity, *, several: bool) -> list[Html]:
    """The update of a parameter in lines."""
    name = formulas.symbol(q.name)
    after = element("msup", name, element("mo", "+"))
    slope = formulas.symbol(formulas.derivative(q))
    if several:
        slope = element("mrow", element("mtext", "mean of "), slope)
    number = formulas.value
    return [
        line(after, sign("="), name, sign("−"), element("mi", "lr"), sign("⋅"), slope),
        line(sign("="), number(q.key), sign("−"), number(RATE), sign("⋅"), number(mean(q.key), "bracket")),
        line(sign("="), number(new(q.key))),
    ]


# --- fields ----------------------------------------------------------------------------------------------------------


def field_row(q: Quantity, x: float) -> list[Html]:
    """Return a slider and a number field for a given quantity."""
    positive = q.kind is Kind.TARGET and 0.0 <= x <= 1.0
    most = 1.0 if positive else _round_up(max(1.0, 2.0 * abs(x)))
    shared = {"data_leaf": q.key, "step": "any", "value": repr(x)}
    return [
        element(
            "input",
            type="range",
            min="0" if positive else f"{-most:g}",
            max=f"{most:g}",
            aria_label=f"{q.name}, slider",
            **shared,
        ),
        element("input", type="number", aria_label=q.name, autocomplete="off", **shared),
    ]


def rate_row(rate: float) -> list[Html]:
    """Return a slider and a number field for the learning rate."""
    shared = {"data_leaf": RATE, "step": "any", "value": repr(rate)}
    return [
        element(
            "input",
            type="range",
            min="0",
            max=f"{_round_up(max(1.0, 4.0 * rate)):g}",
            aria_label="learning rate, slider",
            **shared,
        ),
        element("input", type="number", min="0", aria_label="learning rate", autocomplete="off", **shared),
    ]


def _round_up(x: float) -> float:
    scale = 10.0 ** math.floor(math.log10(x)) if math.isfinite(x) else 1.0
    return math.ceil(x / scale) * scale if math.isfinite(x) else 1.0


def numbers_table(formulas: Formulas, leaves: Sequence[Quantity], fixed: Collection[Quantity]) -> Html:
    """Return all that is given, each with its fields and gradient; parameters that are `fixed` are marked so."""
    rows = [
        element(
            "tr",
            element("th", q.name, *[element("small", " fixed")] * (q in fixed), scope="row", data_s=q.key),
            element("td", element("div", *field_row(q, formulas.numbers[q.key]), class_="field")),
            element(
                "td", marked("span", gradient(q.key), "signed", formulas.numbers[gradient(q.key)]), class_="number"
            ),
        )
        for q in leaves
    ]
    return _table("Everything that is given", ("quantity", "value", "gradient"), rows)


def last_update(trained: Sequence[Quantity], *, several: bool) -> Html:
    """Return the table of the last update: before, gradient, change, after."""
    rows = []
    for q in trained:
        keys = (
            (f"before {q.key}", "value"),
            (f"slope {q.key}", "signed"),
            (delta(q.key), "signed"),
            (f"after {q.key}", "value"),
        )
        cells = (element("td", marked("span", key, style, 0.0), class_="number") for key, style in keys)
        rows.append(element("tr", element("th", q.name, scope="row", data_s=q.key), *cells))
    return _table(
        "The last update", ("parameter", "before", f"{'mean ' * several}gradient", "− lr · gradient", "after"), rows
    )


def program(formulas: Formulas, steps: Sequence[Step]) -> Html:
    """Return the list of all computations in order, each with its result."""
    rows = []
    keys: dict[str, Callable[[str], str]] = {"value": str, "gradient": gradient, "update": new}
    stage = None
    for k, step in enumerate(steps):
        if step.stage is not stage:
            stage = step.stage
            rows.append(element("tr", element("th", str(stage), colspan="3", scope="rowgroup"), class_="stage"))
        q = step.quantity
        key = keys[step.what](q.key)
        rows.append(
            element(
                "tr",
                element(
                    "td", element("button", str(k + 1), type="button", data_go=str(k), aria_label=f"Go to step {k + 1}")
                ),
                element("td", data_first=f"{step.what} {q.key}", data_s=q.key, class_="math"),
                element("td", marked("span", key, "value", formulas.numbers.get(key, 0.0)), class_="number"),
            )
        )
    return _table("One training step, computation by computation", ("step", "formula", "result"), rows)


def _table(caption: str, names: Sequence[str], rows: Sequence[Html]) -> Html:
    """A table, which scrolls in its own box where the page is narrow."""
    head = element("tr", *(element("th", name, scope="col") for name in names))
    table = element(
        "table", element("caption", caption, class_="heard"), element("thead", head), element("tbody", *rows)
    )
    return element("div", table, class_="wide", tabindex="0", role="region", aria_label=caption)
