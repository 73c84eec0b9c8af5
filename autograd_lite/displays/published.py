"""Published examples, their numbers and errata as HTML."""

import html
from collections.abc import Sequence

from autograd_lite.displays.parts import ends, exact, facts, name, text
from autograd_lite.draw.style import visible
from autograd_lite.examples.published import Check, Erratum, NetworkExample, Published, ScalarExample
from autograd_lite.text.formulas import formulas
from autograd_lite.text.layout import page, web_table

__all__ = ["check", "erratum", "network_example", "number", "scalar_example"]


def number(printed: Published) -> str:
    """Return a printed number with its name and place."""
    return facts(name(printed.quantity), {"printed": text(printed.printed), "where": text(printed.stage)})


def verdict(one: Check) -> str:
    """Return what comes of a comparison in words."""
    if one.agrees:
        return "agrees"
    return "differs; the mistake of the erratum gives what is printed" if one.explained else "differs"


def check(one: Check) -> str:
    """Return a printed number beside the computed one."""
    known = {
        "where": text(one.published.stage),
        "printed": text(one.published.printed),
        "computed": exact(one.computed),
        "with the mistake made on purpose": exact(one.reproduced) if one.reproduced is not None else "",
        "digits that agree": str(one.digits),
        "verdict": verdict(one),
        "erratum": text(one.erratum.title) if one.erratum else "",
    }
    return facts(name(one.published.quantity), known)


def erratum(one: Erratum) -> str:
    """Return what is wrong in a source, why, and which numbers it concerns."""
    places: dict[int, list[str]] = {}
    for epochs, quantity in sorted(one.quantities):
        places.setdefault(epochs, []).append(name(quantity))
    rows = [[_when(epochs), ", ".join(names)] for epochs, names in places.items()]
    misprints = [[text(printed), text(meant)] for printed, meant in one.misprints.items()]
    return page(
        f"<p><b>{text(one.title)}</b></p>",
        f"<p>{html.escape(visible(one.text))}</p>",
        web_table(("after epoch", "numbers concerned"), rows, "ll"),
        web_table(("printed", "meant"), misprints, "rr"),
    )


def _when(epoch: int) -> str:
    return f"{epoch:,}" if epoch else "0 (untrained)"


def _head(example: NetworkExample | ScalarExample) -> str:
    source = text(example.source)
    if example.url.startswith("https://"):
        source = f'<a href="{html.escape(example.url)}">{source}</a>'
    return f"<b>{text(example.title)}</b><br/>{source}"


def network_example(example: NetworkExample) -> str:
    """Return data, parameters and training of a published example, and what it prints."""
    stages: dict[str, list[Published]] = {}
    for one in example.published:
        stages.setdefault(one.stage, []).append(one)
    printed = [
        [text(stage), ", ".join(f"{name(p.quantity)} {text(p.printed)}" for p in some)]
        for stage, some in stages.items()
    ]
    known = {
        "network": "-".join(map(str, example.sizes)),
        "inputs": _list(example.inputs),
        "targets": _list(example.targets),
        "weights": _list(example.weights),
        "biases": f"{_list(example.bias_values) or 'none'} ({example.biases})",
        "training": f"{example.epochs:,} epochs at learning rate {example.lr:g}",
        "errata": "<br/>".join(text(one.title) for one in example.errata),
    }
    return facts(_head(example), known, web_table(("printed", "numbers"), ends(printed), "ll"))


def scalar_example(example: ScalarExample) -> str:
    """Return a published function, its point, and the value and gradient that are printed."""
    rows = [
        [name(x), exact(at), text(slope)] for (x, at), slope in zip(example.at.items(), example.gradient, strict=True)
    ]
    known = {
        "function": "<br/>".join(f"<code>{text(line)}</code>" for line in formulas(example.graph()[0])),
        f"printed {text(example.result)}": text(example.value),
    }
    return facts(_head(example), known, web_table(("input", "at", "printed gradient"), rows, "lrr"))


def _list(numbers: Sequence[float]) -> str:
    return ", ".join(map(exact, numbers))
