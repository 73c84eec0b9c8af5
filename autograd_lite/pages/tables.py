"""The tables of a report: computed numbers beside published ones, gradients beside their differences."""

from collections.abc import Iterable, Sequence
from decimal import Decimal

from autograd_lite.engine.graph import shortened
from autograd_lite.examples import Check, Sweep
from autograd_lite.explanation.derivative import Explanation
from autograd_lite.history import History
from autograd_lite.pages.document import Cell, Column, Table, Tone, compact, decimals, padded
from autograd_lite.pages.study import NetworkStudy
from autograd_lite.testing.gradients.differences import Slope
from autograd_lite.text.layout import many

__all__ = [
    "comparison",
    "forward",
    "gradients",
    "loss_by_epoch",
    "losses_by_rate",
    "partial",
    "paths",
    "update",
    "verdict",
]


def partial(root: str, name: str) -> str:
    """Return the name of a gradient as it is printed: ∂E_total/∂w1."""
    return f"∂{shortened(root)}/∂{shortened(name)}"


def verdict(check: Check | None) -> Cell:
    """Return how many of the printed digits agree, such as "9 of 9"."""
    if check is None:
        return Cell("—", Tone.QUIET)
    total = len(Decimal(check.published.printed).as_tuple().digits)
    return Cell(f"{check.digits} of {total}", Tone.of(check.agrees))


def _printed(checks: Iterable[Check | None]) -> list[Cell]:
    return padded("" if c is None else c.published.printed for c in checks)


def forward(study: NetworkStudy, formulas: Sequence[str]) -> Table:
    """Every computed quantity of the forward pass, its formula, and what was published."""
    nodes = list(study.computed.values())
    checks = [study.check(node.label) for node in nodes]
    columns = zip(nodes, formulas, _printed(checks), decimals([node.data for node in nodes]), checks, strict=True)
    return Table(
        "The forward pass",
        (Column("quantity"), Column("formula", formula=True), *_compared()),
        tuple((Cell(n.label), Cell(f), p, x, verdict(c)) for n, f, p, x, c in columns),
    )


def _compared() -> tuple[Column, ...]:
    digits = Column("digits that agree", number=True, minor=1)
    return Column("published", number=True), Column("computed", number=True), digits


def gradients(
    caption: str,
    names: Sequence[str],
    computed: Sequence[float],
    checks: Sequence[Check | None],
    slopes: Sequence[Slope],
) -> Table:
    """Each gradient: published, computed, and by differences with the estimated error of that."""
    numbers = zip(
        names,
        _printed(checks),
        decimals(computed),
        decimals([s.value for s in slopes]),
        slopes,
        computed,
        checks,
        strict=True,
    )
    rows = (
        (Cell(name), p, x, d, Cell(f"{s.error:.0e}", Tone.of(s.confirms(g)), s.error), verdict(c))
        for name, p, x, d, s, g, c in numbers
    )
    headings = (Column("finite difference", number=True, minor=2), Column("± error", number=True, minor=3))
    published, exact, digits = _compared()
    return Table(caption, (Column("gradient"), published, exact, *headings, digits), tuple(rows))


def update(study: NetworkStudy) -> Table:
    """Each weight before and after the first update; the published weights where these are to be compared."""
    before, after = study.history[0], study.history[1]
    names = [w.label for w in study.net.weights]
    checks = [study.check(name, 1) for name in names]
    changes = [-study.lr * before[f"dE_total/d{name}"] for name in names]
    numbers = [[before[n] for n in names], changes, [after[n] for n in names]]
    cells = [[Cell(n) for n in names], [Cell(f"{x:.12g}", exact=x) for x in numbers[0]], *map(decimals, numbers[1:])]
    columns = [
        Column("weight"),
        *(Column(h, number=True, minor=int(h == "before")) for h in ("before", "change", "after")),
    ]
    if any(checks):
        cells += [_printed(checks), [verdict(c) for c in checks]]
        columns += [_compared()[0], _compared()[2]]
    return Table("The first update", tuple(columns), tuple(zip(*cells, strict=True)))


def loss_by_epoch(history: History, outputs: Sequence[str]) -> Table:
    """The loss and the outputs after 0, 1, 10, 100, ... epochs, and at the end."""
    last = len(history) - 1
    epochs = sorted({0, *(10**k for k in range(len(str(last))) if 10**k < last), last})
    rows = [history[n] for n in epochs]
    cells = [
        [Cell(f"{n:,}") for n in epochs],
        [compact(row["E_total"]) for row in rows],
        *(decimals([row[name] for row in rows]) for name in outputs),
    ]
    columns = (Column("epoch"), Column("E_total", number=True), *(Column(name, number=True) for name in outputs))
    return Table("The loss as training goes on", columns, tuple(zip(*cells, strict=True)))


def comparison(caption: str, checks: Sequence[Check]) -> Table:
    """Published numbers beside computed ones, and beside what the source's mistake gives, where there is one."""
    mistaken = any(c.reproduced is not None for c in checks)
    columns = [Column("quantity"), *_compared()]
    cells = [
        [Cell(shortened(c.published.quantity.replace("dE_total/d", "∂E_total/∂"))) for c in checks],
        _printed(checks),
        decimals([c.computed for c in checks]),
        [verdict(c) for c in checks],
    ]
    if mistaken:
        columns.append(Column("with the source's mistake", number=True))
        by_mistake = decimals([c.reproduced for c in checks])
        cells.append([Cell(x.text, Tone.of(c.explained), x.exact) for x, c in zip(by_mistake, checks, strict=True)])
    return Table(caption, tuple(columns), tuple(zip(*cells, strict=True)), shown=True)


def losses_by_rate(sweep: Sweep, epochs: int) -> Table:
    """For each learning rate the loss after 1 epoch, after two sevenths of them, at the end, and the lowest one."""
    shown = sorted({n for n in (1, round(epochs * 2 / 7), epochs) if 0 < n <= epochs} or {0})
    rows = []
    for rate, losses in sweep.losses.items():
        at = [compact(losses[n]) if n < len(losses) else Cell("diverged", Tone.DIFFERS) for n in shown]
        lowest = min(range(len(losses)), key=losses.__getitem__) if losses else 0
        rows.append((Cell(f"{rate:g}", exact=rate), *at, Cell(f"{lowest:,}" if losses else "—")))
    after = (Column(f"after {n:,} epoch{'s' * (n != 1)}", number=True, minor=2 * (n not in {1, epochs})) for n in shown)
    columns = (Column("learning rate", number=True), *after, Column("lowest after", number=True, minor=1))
    return Table(f"E_total by learning rate, {epochs:,} epochs each", columns, tuple(rows))


def paths(why: Explanation) -> Table:
    """The paths of an explanation, each with its factors and their product, and the sum of all."""
    products = decimals(
        [*(path.product for path in why.paths), *([why.rest] if why.count > len(why.paths) else []), why.gradient]
    )
    rows = []
    for path, product in zip(why.paths, products, strict=False):
        stations = [why.root, *(factor.wrt for factor in path.factors)]
        route = " → ".join(why.name(node) for node in stations)
        rows.append((Cell(route), Cell(" × ".join(f"{factor.value:.4g}" for factor in path.factors)), product))
    if why.count > len(why.paths):
        rows.append((Cell(f"{many(why.count - len(why.paths))} more paths"), Cell(""), products[-2]))
    rows.append((Cell("sum"), Cell(""), products[-1]))
    name = partial(why.name(why.root), why.name(why.wrt))
    columns = (Column("path"), Column("local derivatives", formula=True), Column("product", number=True))
    return Table(f"{name} by paths", columns, tuple(rows))
