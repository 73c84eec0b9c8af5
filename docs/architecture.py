"""Draw the rooms of the package from its imports, and write the page about them: `python docs/architecture.py`."""

import ast
from pathlib import Path

import autograd_lite
from autograd_lite.draw import Diagram
from autograd_lite.draw.style import HIDDEN, INK, INPUT, MUTED, OUTPUT, Look, box, cell, row, sheet

HERE = Path(__file__).parent
PACKAGE = Path(autograd_lite.__file__).parent

ROOMS = {
    "engine": "numbers that remember how they were made, and the chain rule on them",
    "nn": "networks, their nodes named as in the tutorials, their layers as matrices",
    "losses": "what a network's outputs cost",
    "optim": "gradient descent",
    "history": "every quantity of a training, epoch by epoch",
    "program": "a graph recorded once, and run again and again",
    "train": "the one training loop",
    "text": "a graph as formulas, and the algebra that makes them readable",
    "storage": "graphs and networks in files",
    "explanation": "why a gradient is what it is: paths, and the worked backward pass",
    "draw": "diagrams and charts",
    "audit": "other people's derivations checked, and their mistakes named",
    "testing": "gradient checks, and strategies for Hypothesis",
    "examples": "published examples: data, printed numbers, errata",
    "displays": "what objects look like in notebooks",
    "own_operations": "operations of one's own",
    "pages": "the page of an example",
    "cli": "the commands of the terminal",
}
"""Every room, and what one can do there."""
PUBLIC = {"nn", "losses", "optim", "program", "train", "draw", "audit", "testing", "examples", "storage"}
"""The rooms that users import."""

PAGE = """\
# The rooms of the package

![The rooms as boxes on floors; every arrow leads down, from a room to one that it uses.](architecture.svg)

Drawn from the imports by `python docs/architecture.py`; a test keeps it true. A room uses only rooms on floors below
its own. An arrow is left out where others lead to the same room. Users import the rooms with a thick border, and what
`autograd_lite` itself has: `Value`, the operations, `grad`, `formula`, `explain`. Inside a room a module has one
concern, and its first line says what one can do with it.

| room | what one can do there |
|---|---|
{rows}
"""


def name_of(file: Path) -> str:
    """The room that a file is in; the package's own names and its command are in none."""
    parts = file.relative_to(PACKAGE).with_suffix("").parts
    return "" if parts[0] in {"__init__", "__main__"} else parts[0]


def imports_of(file: Path) -> set[str]:
    """The rooms that a file imports from, inside functions too, but where an object asks for its display."""
    imports = set()
    tree = ast.parse(file.read_text(encoding="utf-8"))
    shows = [x for x in ast.walk(tree) if isinstance(x, ast.FunctionDef) and x.name.startswith("_repr_")]
    apart = {id(inside) for function in shows for inside in ast.walk(function)}
    for node in ast.walk(tree):
        if id(node) in apart:
            continue
        targets: list[str] = []
        if isinstance(node, ast.ImportFrom) and node.module:
            targets = [f"{node.module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Import):
            targets = [alias.name for alias in node.names]
        imports |= {target.split(".")[1] for target in targets if target.startswith("autograd_lite.")}
    return imports & ROOMS.keys()


def rooms() -> dict[str, set[str]]:
    """Every room, with the rooms that it uses."""
    uses: dict[str, set[str]] = {room: set() for room in ROOMS}
    for file in sorted(PACKAGE.rglob("*.py")):
        room = name_of(file)
        if room:
            uses[room] |= imports_of(file) - {room}
    return uses


def floors(uses: dict[str, set[str]]) -> dict[str, int]:
    """On which floor a room is: above all that it uses. Raises `ValueError` if two rooms use each other."""
    heights: dict[str, int] = {}
    while len(heights) < len(uses):
        ready = [room for room in uses if room not in heights and uses[room] <= heights.keys()]
        if not ready:
            raise ValueError(f"rooms that use each other: {sorted(uses.keys() - heights.keys())}")
        for room in ready:
            heights[room] = 1 + max((heights[below] for below in uses[room]), default=-1)
    return heights


def arrows(uses: dict[str, set[str]]) -> list[tuple[str, str]]:
    """The uses that no other way leads along."""
    below: dict[str, set[str]] = {}
    for room in sorted(uses, key=floors(uses).__getitem__):
        below[room] = uses[room].union(*(below[other] for other in uses[room]))
    return [
        (room, other)
        for room in uses
        for other in sorted(uses[room])
        if not any(other in below[between] for between in uses[room] - {other})
    ]


def picture() -> Diagram:
    """The rooms as boxes on floors."""
    uses = rooms()
    heights = floors(uses)
    dot = sheet(rankdir="TB", nodesep="0.2", ranksep="0.35")
    for floor in range(max(heights.values()), -1, -1):
        with dot.subgraph(graph_attr={"rank": "same"}) as level:
            for room in (room for room in ROOMS if heights[room] == floor):
                level.node(room, _label(room))
    for room, other in arrows(uses):
        dot.edge(room, other)
    listed = "; ".join(f"{room}: {what}" for room, what in ROOMS.items())
    return Diagram(dot.source, f"The rooms of the package, each above those it uses. {listed}")


def _label(room: str) -> str:
    look: Look = INPUT if room == "engine" else OUTPUT if room in PUBLIC else HIDDEN
    words = ROOMS[room].split(" ")
    lines = [""]
    for word in words:
        if len(lines[-1]) + len(word) > 22:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    rows = [row(cell(room, size=12, bold=True, color=INK)), *(row(cell(line, size=9, color=MUTED)) for line in lines)]
    return box(*rows, look=look, border=2.5 if room in PUBLIC else 1, padding=4)


def page() -> str:
    """The page, with a line for each room."""
    return PAGE.format(rows="\n".join(f"| `{room}` | {what} |" for room, what in ROOMS.items()))


if __name__ == "__main__":
    (HERE / "architecture.md").write_text(page(), encoding="utf-8")
    picture().save(HERE / "architecture.svg", engine="pure")  # the wheel's, the same everywhere
