"""Programs, training and the command line, beside micrograd, hand-written Python and an earlier commit.

    python -m benchmarks.replay           (about two minutes)

Competitors take turns. A figure is the median of its rounds, a ratio the median of the ratios of the rounds. All
engines have to agree on the numbers, or the run ends with an error. micrograd is slow, so it runs fewer steps, and its
time is scaled to all of them.
"""

import builtins
import gc
import importlib.util
import io
import math
import platform
import random
import statistics
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

from autograd_lite import Value, compile, grad, relu, sigmoid  # noqa: A004
from autograd_lite.examples.mazur import mazur as mazur_example
from autograd_lite.train import data_loss, train

EPOCHS, STEPS = 10_000, 100
MICROGRAD_EPOCHS, MICROGRAD_STEPS = 300, 3
BEFORE = "9921c81"
"""The commit before programs."""
HERE = Path(__file__).parents[1]
sys.setrecursionlimit(1_000_000)  # micrograd's backward() is recursive

Time = Callable[[], float]


@dataclass(frozen=True)
class Row:
    """A line of the table; times are in seconds."""

    workload: str
    ours: float
    peer: str = ""
    theirs: float | None = None
    ratio: float | None = None
    """Our time by theirs."""
    bar: str = ""
    met: bool | None = None


def machine() -> dict[str, str]:
    """Return what was measured on, and when."""
    info = Path("/proc/cpuinfo")
    models = [line for line in info.read_text().splitlines() if line.startswith("model name")] if info.exists() else []
    return {
        "processor": models[0].partition(":")[2].strip() if models else platform.processor(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
    }


def seconds(f: Callable[[], Any]) -> float:
    """Return how long a call takes."""
    start = time.perf_counter()
    f()
    return time.perf_counter() - start


def in_turn(rounds: int, *measures: Time) -> list[list[float]]:
    """Return the times of competitors that take turns."""
    return [list(times) for times in zip(*([f() for f in measures] for _ in range(rounds)), strict=True)]


def compared(rounds: int, ours: Time, theirs: Time) -> tuple[float, float, float]:
    """Return the medians of two competitors, and that of our time by theirs."""
    mine, other = in_turn(rounds, ours, theirs)
    ratio = statistics.median(a / b for a, b in zip(mine, other, strict=True))
    return statistics.median(mine), statistics.median(other), ratio


def agree(ours: Sequence[float], theirs: Sequence[float], tolerance: float = 1e-9) -> None:
    """Raise an error if two engines differ by more than rounding."""
    for a, b in zip(ours, theirs, strict=True):
        if not math.isclose(a, b, rel_tol=tolerance, abs_tol=tolerance):
            raise ValueError(f"the engines disagree: {a!r} and {b!r}")


def installed(peer: str) -> bool:
    """Return whether there is a peer; say so if not."""
    found = importlib.util.find_spec(peer) is not None
    if not found:
        print(f"skipped: {peer} is not installed")
    return found


# --- Mazur's example -----------------------------------------------------------------------------------------------


def mazur_graph() -> tuple[Value, list[Value]]:
    """Return the loss of Mazur's example, and its weights."""
    w = [Value(x, f"w{k}") for k, x in enumerate(mazur_example().weights, 1)]
    b1, b2, i1, i2, t1, t2 = map(Value, (0.35, 0.6, 0.05, 0.1, 0.01, 0.99))
    a_h1 = sigmoid(w[0] * i1 + w[1] * i2 + b1)
    a_h2 = sigmoid(w[2] * i1 + w[3] * i2 + b1)
    a_o1 = sigmoid(w[4] * a_h1 + w[5] * a_h2 + b2)
    a_o2 = sigmoid(w[6] * a_h1 + w[7] * a_h2 + b2)
    return 0.5 * (t1 - a_o1) ** 2 + 0.5 * (t2 - a_o2) ** 2, w


def mazur_by_hand(epochs: int) -> tuple[float, ...]:
    """Train Mazur's example as a person writes it: nothing beyond what the weights need."""
    exp = math.exp
    w1, w2, w3, w4, w5, w6, w7, w8 = 0.15, 0.2, 0.25, 0.3, 0.4, 0.45, 0.5, 0.55
    b1, b2, i1, i2, t1, t2 = 0.35, 0.6, 0.05, 0.1, 0.01, 0.99
    for _ in range(epochs):
        a_h1 = 1.0 / (1.0 + exp(-(w1 * i1 + w2 * i2 + b1)))
        a_h2 = 1.0 / (1.0 + exp(-(w3 * i1 + w4 * i2 + b1)))
        a_o1 = 1.0 / (1.0 + exp(-(w5 * a_h1 + w6 * a_h2 + b2)))
        a_o2 = 1.0 / (1.0 + exp(-(w7 * a_h1 + w8 * a_h2 + b2)))
        d_o1 = (a_o1 - t1) * a_o1 * (1.0 - a_o1)
        d_o2 = (a_o2 - t2) * a_o2 * (1.0 - a_o2)
        d_h1 = (d_o1 * w5 + d_o2 * w7) * a_h1 * (1.0 - a_h1)
        d_h2 = (d_o1 * w6 + d_o2 * w8) * a_h2 * (1.0 - a_h2)
        w1 -= 0.5 * d_h1 * i1
        w2 -= 0.5 * d_h1 * i2
        w3 -= 0.5 * d_h2 * i1
        w4 -= 0.5 * d_h2 * i2
        w5 -= 0.5 * d_o1 * a_h1
        w6 -= 0.5 * d_o1 * a_h2
        w7 -= 0.5 * d_o2 * a_h1
        w8 -= 0.5 * d_o2 * a_h2
    return w1, w2, w3, w4, w5, w6, w7, w8


def mazur_by_micrograd(epochs: int) -> list[float]:
    """Train Mazur's example on micrograd's nodes."""
    from micrograd.engine import Value as Node

    from benchmarks.eager import composed_sigmoid, mazur

    epoch, weights = mazur(Node, composed_sigmoid)
    for _ in range(epochs):
        epoch()
    return [w.data for w in weights]


def mazur() -> list[Row]:
    """10,000 epochs of Mazur's example: the last state alone, and with all quantities of every epoch."""
    loss, w = mazur_graph()
    updates = {p: p - 0.5 * slope for p, slope in zip(w, grad(loss, w), strict=True)}
    program = compile(loss, wrt=w, inputs=w, updates=updates)

    def state(epochs: int) -> list[float]:
        return list(program.iterate(epochs=epochs).state.values())

    agree(state(EPOCHS), mazur_by_hand(EPOCHS))
    name = f"Mazur, {EPOCHS:,} epochs, last state"
    ours: Time = lambda: seconds(lambda: state(EPOCHS))  # noqa: E731
    mine, hand, ratio = compared(31, ours, lambda: seconds(lambda: mazur_by_hand(EPOCHS)))
    rows = [Row(name, mine, "hand-written Python", hand, ratio, "at most 1.2 times its time", ratio <= 1.2)]
    if installed("micrograd"):
        agree(state(MICROGRAD_EPOCHS), mazur_by_micrograd(MICROGRAD_EPOCHS))
        scale = EPOCHS / MICROGRAD_EPOCHS
        theirs: Time = lambda: scale * seconds(lambda: mazur_by_micrograd(MICROGRAD_EPOCHS))  # noqa: E731
        mine, slow, ratio = compared(9, ours, theirs)
        rows.append(Row(name, mine, "micrograd", slow, ratio, "at least 70 times as fast", 1 / ratio >= 70))

    example = mazur_example()
    data = [(example.inputs, example.targets)]

    def trained(epochs: int, *, nodes: bool) -> list[float]:
        net = example.network()
        if nodes:
            history = train(lambda: data_loss(net, data), net.weights, lr=0.5, epochs=epochs, progress=False)
        else:
            history = train(net, data, parameters=net.weights, lr=0.5, epochs=epochs, progress=False)
        last = history[-1]
        return [last[name] for name in sorted(last)]

    agree(trained(100, nodes=False), trained(100, nodes=True), 0.0)
    mine, nodes, ratio = compared(
        7,
        lambda: seconds(lambda: trained(EPOCHS, nodes=False)),
        lambda: 10 * seconds(lambda: trained(1_000, nodes=True)),
    )
    bar = 0.15 / 0.008 * hand
    name = f"Mazur, {EPOCHS:,} epochs by train(), all quantities kept"
    met = mine <= bar
    rows.append(Row(name, mine, "the same on nodes", nodes, ratio, f"{bar:.3f} s, as 0.15 is to 8 ms by hand", met))
    return rows


# --- micrograd's moons ---------------------------------------------------------------------------------------------


def moons() -> list[tuple[float, float, float]]:
    """Return 100 points on two half circles with noise, and their sides, -1 or 1, as the demo of micrograd does."""
    draw, half = random.Random(1337), 50  # noqa: S311
    points = []
    for k in range(half):
        angle = math.pi * k / (half - 1)
        for x, y, side in (
            (math.cos(angle), math.sin(angle), -1.0),
            (1.0 - math.cos(angle), 0.5 - math.sin(angle), 1.0),
        ):
            points.append((x + draw.gauss(0.0, 0.1), y + draw.gauss(0.0, 0.1), side))
    return points


def weights() -> list[list[list[float]]]:
    """Return the numbers of a 2-16-16-1 network: by layer and neuron, the bias last."""
    draw, sizes = random.Random(1), (2, 16, 16, 1)  # noqa: S311
    return [[[*(draw.uniform(-1.0, 1.0) for _ in range(n)), 0.0] for _ in range(m)] for n, m in pairwise(sizes)]


def moons_program() -> Any:
    """Return the training step as a program: one sample's graph, and the epoch as a state."""
    x, side, epoch = [Value(0.5, "x1"), Value(0.5, "x2")], Value(1.0, "side"), Value(0.0, "k")
    parameters: list[Value] = []
    activations = x
    for depth, layer in enumerate(weights()):
        sums = []
        for j, numbers in enumerate(layer):
            *ws, b = nodes = [Value(number, f"p{depth}_{j}_{k}") for k, number in enumerate(numbers)]
            parameters += nodes
            sums.append(sum((w * a for w, a in zip(ws, activations, strict=True)), b))
        activations = [relu(total) for total in sums] if depth < 2 else sums
    loss = relu(1.0 - side * activations[0]) + 1e-4 * sum((p * p for p in parameters), Value(0.0))
    loss.label = "loss"
    lr = 1.0 - 0.9 * epoch / STEPS
    lr.label = "lr"
    steps = {p: p - lr * slope for p, slope in zip(parameters, grad(loss, parameters), strict=True)}
    inputs = [*parameters, epoch, *x, side]
    return compile([loss, lr], wrt=parameters, inputs=inputs, updates={**steps, epoch: epoch + 1.0})


def moons_by_micrograd(steps: int) -> list[float]:
    """Return the losses of some steps by micrograd's own network."""
    from micrograd.engine import Value as Node
    from micrograd.nn import MLP

    net = MLP(2, [16, 16, 1])
    for layer, rows in zip(net.layers, weights(), strict=True):
        for neuron, numbers in zip(layer.neurons, rows, strict=True):
            for p, number in zip(neuron.parameters(), numbers, strict=True):
                p.data = number
    losses, data = [], moons()
    for k in range(steps):
        scores = [(net([Node(x), Node(y)]), side) for x, y, side in data]
        hinge = sum((1 + -side * score).relu() for score, side in scores)
        loss = hinge * (1.0 / len(data)) + 1e-4 * sum(p * p for p in net.parameters())
        losses.append(loss.data)
        net.zero_grad()
        loss.backward()
        for p in net.parameters():
            p.data -= (1.0 - 0.9 * k / STEPS) * p.grad
    return losses


def moons_row() -> list[Row]:
    """100 steps of the training in micrograd's demo; recording and compiling are within our time."""
    data = moons()

    def losses(steps: int) -> list[float]:
        return list(moons_program().iterate(epochs=steps, data=data, record="loss").history["loss"])

    name = f"moons, 2-16-16-1, 100 samples, {STEPS} steps, compiling included"
    if not installed("micrograd"):
        return [Row(name, statistics.median(in_turn(3, lambda: seconds(lambda: losses(STEPS)))[0]))]
    agree(losses(MICROGRAD_STEPS)[:MICROGRAD_STEPS], moons_by_micrograd(MICROGRAD_STEPS))
    scale = STEPS / MICROGRAD_STEPS
    ours: Time = lambda: seconds(lambda: losses(STEPS))  # noqa: E731
    rows = []
    for collector in (True, False):  # walking over micrograd's graphs takes Python's collector most of the time
        gc.collect()
        (gc.enable if collector else gc.disable)()
        mine, slow, ratio = compared(3, ours, lambda: scale * seconds(lambda: moons_by_micrograd(MICROGRAD_STEPS)))
        gc.enable()
        label = f"{name}; garbage collector {'on' if collector else 'off'}"
        rows.append(Row(label, mine, "micrograd", slow, ratio, "at least 60 times as fast", 1 / ratio >= 60))
    return rows


# --- compiling, importing, the command line ------------------------------------------------------------------------


def chain(count: int) -> tuple[Value, list[Value]]:
    """Return a graph of about so many nodes with four inputs."""
    inputs = [Value(0.1 * k, f"x{k}") for k in range(1, 5)]
    y = inputs[0]
    for k in range((count - 4) // 2):
        y = (y * inputs[k % 4]).tanh() if k % 5 == 0 else y * inputs[k % 4] + inputs[(k + 1) % 4]
    return y, inputs


def compiling() -> list[Row]:
    """Recording, writing the source and Python's compiler, by the size of the graph."""
    rows = []
    for count in (42, 1_000, 10_000, 100_000):
        y, inputs = mazur_graph() if count == 42 else chain(count)
        rounds = {42: 51, 1_000: 9, 10_000: 5}.get(count, 3)
        record = statistics.median(
            in_turn(rounds, lambda y=y, inputs=inputs: seconds(lambda: compile(y, inputs=inputs)))[0]
        )
        bar = ("under 1 ms", record < 1e-3) if count == 42 else ("linear", None)
        rows.append(Row(f"compile(), {count:,} nodes", record, bar=bar[0], met=bar[1]))
        if count < 100_000:
            program = compile(y, inputs=inputs)
            text = program.source
            times = in_turn(
                rounds, lambda p=program: seconds(lambda: p.source), lambda t=text: seconds(lambda: _python(t))
            )
            write, build = map(statistics.median, times)
            rows += [Row(f"- its source, {count:,} nodes", write), Row(f"- Python's compiler, {count:,} nodes", build)]
    last = {row.workload: row.ours for row in rows}
    growth = last["compile(), 100,000 nodes"] / last["compile(), 10,000 nodes"]
    return [*rows, Row("compile(), 100,000 nodes by 10,000", growth, bar="linear: at most 12", met=growth <= 12)]


def _python(text: str) -> None:
    exec(builtins.compile(text, "<benchmark>", "exec"), {})  # noqa: S102


FIRST = """
import time
a = time.perf_counter()
import autograd_lite
b = time.perf_counter()
import autograd_lite.program
c = time.perf_counter()
w, x = autograd_lite.Value(3.0, "w"), autograd_lite.Value(2.0, "x")
y = (w * x).sigmoid()
d = time.perf_counter()
autograd_lite.compile(y)(1.0, 2.0)
print(b - a, c - b, time.perf_counter() - d)
"""


def importing() -> list[Row]:
    """What the room adds to the import, and the first call, in new processes."""
    found = []
    for _ in range(15):
        done = subprocess.run([sys.executable, "-c", FIRST], cwd=HERE, check=True, capture_output=True, text=True)  # noqa: S603
        found.append([float(x) for x in done.stdout.split()])
    package, room, call = map(statistics.median, zip(*found, strict=True))
    total = statistics.median(b + c for _, b, c in found)
    return [
        Row("import autograd_lite", package),
        Row("- import of autograd_lite.program on top", room),
        Row("- first compile() and call", call),
        Row("- both", total, bar="under 10 ms", met=total < 0.01),
    ]


def command() -> list[Row]:
    """The command `example mazur`, with its page, beside the commit before programs."""
    git = ["git", "-C", str(HERE), "archive", BEFORE]
    archive = subprocess.run(git, check=False, capture_output=True)  # noqa: S603
    if archive.returncode:
        print(f"skipped: the commit {BEFORE} is not here")
        return []
    with tempfile.TemporaryDirectory() as folder:
        with tarfile.open(fileobj=io.BytesIO(archive.stdout)) as packed:
            packed.extractall(folder, filter="data")

        def run(where: Path) -> float:
            line = [sys.executable, "-m", "autograd_lite", "example", "mazur", "-q", "-o", f"{folder}/report"]
            return seconds(lambda: subprocess.run(line, cwd=where, check=True))  # noqa: S603

        mine, old, ratio = compared(5, lambda: run(HERE), lambda: run(Path(folder)))
    return [
        Row("command `example mazur`, with page", mine, f"commit {BEFORE}", old, ratio, "at most 60 %", ratio <= 0.6)
    ]


# --- the table -----------------------------------------------------------------------------------------------------


def amount(x: float) -> str:
    """Write a time in a unit that fits."""
    return f"{x:.2f} s" if x >= 1.0 else f"{x * 1e3:.3g} ms" if x >= 1e-3 else f"{x * 1e6:.3g} us"


def line(row: Row) -> str:
    """Write a row of a Markdown table."""
    ours = f"{row.ours:.1f} times" if " by 10,000" in row.workload else amount(row.ours)
    theirs = f"{row.peer}: {amount(row.theirs)}" if row.theirs is not None else ""
    ratio = row.ratio or 0.0
    speed = "" if not ratio else f"{ratio:.2f}" if ratio > 0.1 else f"1/{1 / ratio:.0f}"
    met = {True: "yes", False: "**no**", None: ""}[row.met]
    return f"| {row.workload} | {ours} | {theirs} | {speed} | {row.bar} | {met} |"


def main() -> list[dict[str, Any]]:
    """Measure everything, print the table and return its rows."""
    print(", ".join(machine().values()))
    print("| workload | autograd_lite | peer | time by peer's | bar | met |\n|---|---|---|---|---|---|")
    rows = []
    for part in (mazur, moons_row, compiling, importing, command):
        found = part()
        rows += found
        print(*map(line, found), sep="\n", flush=True)
    return [asdict(row) for row in rows]


if __name__ == "__main__":
    main()
