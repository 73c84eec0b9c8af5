"""Histories, sweeps and programs as HTML."""

from collections.abc import Mapping

from autograd_lite.displays.parts import code, curve, ends, exact, facts, name, text
from autograd_lite.examples.published import Sweep
from autograd_lite.history import History, Remark
from autograd_lite.program.iteration import Iteration
from autograd_lite.program.mapping import Lanes
from autograd_lite.program.program import Program, Result
from autograd_lite.text.layout import number, page, web_table

__all__ = ["history", "iteration", "lanes", "program", "remark", "result", "sweep"]

ROWS, COLUMNS = 3, 7
LINES = 30
"""Instructions of a program that are shown."""


def history(kept: History) -> str:
    """Return the loss as a curve, and the first and last rows with the loss and what changed most readily."""
    if not len(kept):
        return page("<p>History: no rows</p>")
    loss = kept.result
    columns = ["epoch", *_moved(kept, loss)]
    numbers = [*range(min(ROWS, len(kept))), *range(max(ROWS, len(kept) - ROWS), len(kept))]
    rows = []
    for k in numbers:
        if k and k - 1 not in numbers:
            rows.append(["…", *[""] * (len(columns) - 1)])
        row = kept[k]
        rows.append([f"{row['epoch']:,.0f}", *(number(row[column]) for column in columns[1:])])
    left = len(kept.columns) - len(columns)
    title = f"History: {len(kept):,} rows, {len(kept.columns)} columns" + f"; stopped: {kept.stopped}" * bool(
        kept.stopped
    )
    return page(
        f"<p>{title}</p>",
        *(remark(one) for one in kept.remarks),
        curve(kept[loss], loss) if loss else "",
        web_table(["epoch", *map(name, columns[1:])], rows, "r" * len(columns)),
        f"and {left} more column{'s' * (left > 1)}: history.columns" if left else "",
    )


def remark(one: Remark) -> str:
    """Return the words of a remark."""
    return f"<p>{text(one.words)}</p>"


def _moved(kept: History, loss: str) -> list[str]:
    """The loss, and the first columns that training changed; gradients only where there is nothing else."""
    first, last = kept[0], kept[-1]
    others = [x for x in kept.columns if x not in {"epoch", loss}]
    others.sort(key=lambda x: (first[x] == last[x], x.startswith("d") and "/d" in x))
    return ([loss] if loss else []) + others[: COLUMNS - 1]


def sweep(found: Sweep) -> str:
    """Return a row for each learning rate, with the loss before and after, and a curve."""
    rows = [
        [
            f"{rate:g}",
            number(losses[0]) if losses else "—",
            number(losses[-1]) if losses else "—",
            f"{max(0, len(losses) - 1):,}",
            curve(losses, "loss") or "—",
            text(found.diverged.get(rate, "")) if rate in found.diverged else "",
        ]
        for rate, losses in found.losses.items()
    ]
    head = ("learning rate", "first loss", "last loss", "epochs", "", "")
    return page(f"<p>Sweep of {text(found.example.title)}</p>", web_table(head, ends(rows), "rrrrll"))


def program(made: Program) -> str:
    """Return what a program takes and gives, and its instructions."""
    lines = str(made).split("\n")
    listed = "\n".join(lines[:LINES]) + f"\n... and {len(lines) - LINES:,} more" * (len(lines) > LINES)
    known = {
        "inputs": _names(made.inputs),
        "outputs": _names(made.outputs),
        "gradients along": _names(made.wrt),
        "updates of": _names(tuple(made.inputs[k] for k in made.code.updates)),
    }
    return facts(f"Program of {len(made):,} instructions", known, code(listed))


def _names(names: tuple[str, ...]) -> str:
    shown = ", ".join(name(x) for x in names[:12])
    return shown + f" and {len(names) - 12:,} more" * (len(names) > 12)


def result(found: Result) -> str:
    """Return the value, or values by name, and the gradients."""
    single = not isinstance(found.value, Mapping)
    values = {"": found.value} if single else found.value
    slopes = {"": found.gradient} if single else found.gradient
    rows = [["value", name(output) if output else "", exact(x)] for output, x in values.items()]
    rows += [
        [f"gradient{' of ' + name(output) if output else ''}", name(wrt), exact(x)]
        for output, of in slopes.items()
        for wrt, x in of.items()
    ]
    return page(web_table(("", "", ""), ends(rows), "llr"))


def iteration(done: Iteration) -> str:
    """Return the last state, and the history."""
    rows = [[name(x), exact(number_)] for x, number_ in done.state.items()]
    return page(web_table(("state", ""), ends(rows), "lr"), history(done.history) if len(done.history) else "")


def lanes(found: Lanes) -> str:
    """Return the last state of each lane, the first and last lanes of many, and which are not finite."""
    names = list(found.state)[:COLUMNS]
    columns = [found.state[x] for x in names]
    rows = [
        [str(k), *map(number, numbers), "not finite" if k in found.not_finite else ""]
        for k, numbers in enumerate(zip(*columns, strict=True))
    ]
    left = len(found.state) - len(names)
    return page(
        web_table(["lane", *map(name, names), ""], ends(rows), "r" * (len(names) + 1) + "l"),
        f"and {left} more of the state" if left else "",
    )
