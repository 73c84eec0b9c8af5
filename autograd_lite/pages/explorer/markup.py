"""The page itself: everything in its place, the style, the data and the scripts, in one file."""

import base64
import hashlib
import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from importlib import resources
from typing import Any

from autograd_lite.pages.explorer.bundle import bundled
from autograd_lite.pages.explorer.formulas import Formulas
from autograd_lite.pages.explorer.parts import last_update, numbers_table, program, rate_row, templates
from autograd_lite.pages.explorer.picture import Picture, drawn
from autograd_lite.pages.explorer.quantities import EPOCH, MEAN, Model, Quantity
from autograd_lite.pages.explorer.steps import Step
from autograd_lite.pages.maker import made_by
from autograd_lite.pages.markup import Html, element, joined

__all__ = ["Content", "html"]


@dataclass(frozen=True, eq=False)
class Content:
    """All that a page shows."""

    title: str
    model: Model
    picture: Picture
    steps: Sequence[Step]
    trained: Sequence[Quantity] = ()
    """The parameters that are trained; none for a graph, which is not."""
    fixed: Collection[Quantity] = ()
    """The parameters that are not."""
    samples: Sequence[Sequence[float]] = ()
    """Of each sample the inputs and targets, in the order of the first leaves."""
    rate: float = 0.5
    selected: str = ""
    """The key of what is selected first."""
    subtitle: str = ""
    """What stands under the heading, such as the source."""
    more: Sequence[Html] = field(default=())
    """Further sections, below."""


def html(content: Content) -> str:
    """Return the page."""
    style = (resources.files("autograd_lite.pages.explorer") / "style.css").read_text("utf-8")
    script = f"\n{bundled()}"
    # Anything but this style and this script is not run, not even if a label could become markup.
    policy = f"default-src 'none'; script-src {_hash(script)}; style-src {_hash(style)}; img-src data:"
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=policy),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("meta", name="generator", content=made_by()),
        element("title", content.title),
        element("style", Html(style)),
    )
    formulas = Formulas(content.model)
    body = element(
        "body",
        _header(content),
        element("main", *_main(content, formulas)),
        element("p", "", id="announce", class_="heard", role="status", aria_live="polite"),
        element("footer", element("p", f"Made by {made_by()}. Computed in this page; nothing is loaded or sent.")),
        templates(formulas, content.steps, content.trained, content.fixed, several=len(content.samples) > 1),
        element("script", Html(_json(_data(content))), type="application/json", id="data"),
        element("script", Html(script), type="module"),
    )
    return str(joined(Html("<!DOCTYPE html>\n"), element("html", head, body, lang="en"), "\n"))


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _json(data: Any) -> str:
    """JSON in which nothing ends the element that it stands in, or begins a comment."""
    text = json.dumps(data, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _data(content: Content) -> dict[str, Any]:
    model = content.model
    return {
        **model.data(),
        "start": [_plain(q.node.data) for q in model.leaves],
        "trained": [q.key for q in content.trained],
        "samples": [[_plain(x) for x in sample] for sample in content.samples],
        "rate": content.rate,
        "steps": [step.data() for step in content.steps],
        "routes": content.picture.routes,
        "selected": content.selected or model.result.key,
    }


def _plain(x: float) -> float | str:
    return x if x - x == 0.0 else str(x)


# --- parts of the page -----------------------------------------------------------------------------------------------


def _button(text: str, id: str, label: str = "", **more: str) -> Html:  # noqa: A002
    return element("button", text, type="button", id=id, title=label, **more)


def _header(content: Content) -> Html:
    buttons = element(
        "div",
        _button("↶ Undo", "undo", "Undo (Ctrl+Z)"),
        _button("↷ Redo", "redo", "Redo (Ctrl+Shift+Z)"),
        _button("Reset", "reset", "Everything as it was at first"),
        _button("Copy link", "link", "Copy a link to what is shown"),
        class_="buttons",
        role="toolbar",
        aria_label="Changes",
    )
    subtitle = [element("p", content.subtitle, class_="subtitle")] if content.subtitle else []
    return element("header", element("div", element("h1", content.title), *subtitle), buttons)


def _main(content: Content, formulas: Formulas) -> list[Html]:
    model = content.model
    parts = [_lead(content)]
    if len(content.samples) > 1:
        parts.append(_samples(content))
    look = element(
        "div",
        drawn(content.picture, formulas.numbers),
        class_="picture",
        tabindex="0",
        role="region",
        aria_label="Picture",
    )
    legend = element(
        "p",
        *(
            [element("b", "thick line"), " large weight, ", element("b", "dashed"), " negative. "]
            if content.trained
            else []
        ),
        element("b", "∂"),
        f" is the gradient: how much {model.result.name} grows if this grows a little; ",
        element("span", "+\u00a0raises it", class_="raises"),
        ", ",
        element("span", "−\u00a0lowers it", class_="lowers"),
        ".",
        *([" ", element("b", "fixed"), " not trained."] if content.fixed else []),
        class_="legend",
    )
    stage = element("section", _stepper(), look, legend, class_="stage", aria_label="Picture and steps")
    train = [_training(content)] if content.trained else []
    paths = element("div", id="paths")
    side = element(
        "aside",
        element("div", id="panel"),
        element("p", id="nudge", class_="nudge"),
        paths,
        class_="side",
        aria_label="Selected",
    )
    parts.append(element("div", stage, side, *train, class_="work"))
    given = element(
        "details",
        element("summary", "Every number that can be changed"),
        numbers_table(formulas, model.leaves, content.fixed),
        **({"open": "open"} if len(model.leaves) <= 16 else {}),
    )
    listing = element(
        "details",
        element("summary", "The program: every computation in order"),
        program(formulas, content.steps),
        id="program",
    )
    return [
        *parts,
        element("section", *([_last(content)] if content.trained else []), given, listing, class_="lists"),
        *content.more,
    ]


def _lead(content: Content) -> Html:
    name = content.model.result.name
    if content.trained:
        text = (
            f"From the inputs on the left this network computes its outputs; {name} on the right says how wrong they "
            f"are. Training asks one question of every weight: if it grew a little, would {name} grow or shrink? "
        )
    else:
        text = (
            f"{name} is computed from left to right. Of every number in it one can ask: if it grew a little, how much "
            f"would {name} grow? "
        )
    return element(
        "p",
        text,
        "Pick anything in the picture: its paths light up, with the slopes along them multiplied and added up. ",
        element("b", "Next"),
        " goes through the computation one thing at a time.",
        class_="lead",
    )


def _stepper() -> Html:
    return element(
        "div",
        element(
            "div",
            _button("Show all", "first", "Leave the steps: show everything"),
            _button("◀ Back", "back", "Step back (left arrow)"),
            _button("Next ▶", "next", "Next step (right arrow)", class_="primary"),
            _button("Play", "play", "Play the steps (space)", aria_pressed="false"),
            element("progress", id="progress", max="1", value="0", aria_label="Steps done"),
            class_="buttons",
            role="toolbar",
            aria_label="Steps",
        ),
        element("div", id="step", hidden="hidden"),
        class_="stepper",
    )


def _samples(content: Content) -> Html:
    options = [element("option", f"sample {k + 1}", value=str(k)) for k in range(len(content.samples))]
    return element(
        "p",
        element("label", "Shown: ", element("select", *options, id="sample")),
        f" of {len(content.samples)}; the mean loss of all is ",
        element("strong", "", data_q=MEAN, data_as="value"),
        ". Training follows the mean of the gradients.",
        class_="samples",
    )


def _training(content: Content) -> Html:
    name = content.model.result.name
    buttons = element(
        "div",
        _button("1 epoch", "train1", "Train one epoch (T)"),
        _button("10", "train10", "Train ten epochs"),
        _button("100", "train100", "Train a hundred epochs"),
        _button("1000", "train1000", "Train a thousand epochs"),
        _button("Train", "trainplay", "Keep training", aria_pressed="false"),
        element("label", "learning rate ", element("span", *rate_row(content.rate), class_="field"), class_="rate"),
        class_="buttons",
        role="toolbar",
        aria_label="Training",
    )
    scrub = element(
        "label",
        "epoch ",
        element("output", "0", data_q=EPOCH, data_as="count"),
        element("input", type="range", id="epoch", min="0", max="0", value="0", step="1", aria_label="Epoch shown"),
        class_="scrub",
    )
    charts = element(
        "div",
        element(
            "figure",
            element(
                "figcaption",
                f"{name} by epoch ",
                _button("log", "log", "Logarithmic scale", aria_pressed="false"),
            ),
            element("div", id="losses", class_="chart"),
        ),
        element("figure", element("figcaption", "weights by epoch"), element("div", id="weights", class_="chart")),
        class_="charts",
    )
    return element(
        "section",
        element("h2", "Train"),
        element("p", _rule(content)),
        buttons,
        scrub,
        charts,
        class_="training",
        aria_label="Train",
    )


def _rule(content: Content) -> str:
    """What an epoch does, in a sentence."""
    over, mean = ("all samples", "mean ") if len(content.samples) > 1 else ("the sample", "")
    every = "every parameter that is not fixed" if content.fixed else "every parameter"
    return (
        f"In each epoch, one pass over {over}, one update moves {every} against its {mean}gradient, "
        f"so that {content.model.result.name} shrinks."
    )


def _last(content: Content) -> Html:
    return element(
        "details",
        element("summary", element("span", "The next update: before → after", id="lastname")),
        last_update(content.trained, several=len(content.samples) > 1),
        **({"open": "open"} if len(content.trained) <= 12 else {}),
    )
