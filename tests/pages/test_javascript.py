"""The language JavaScript, run by Node: operations beside the oracle, programs beside those of Python."""

import itertools
import json
import math
import shutil
import subprocess
from pathlib import Path

import pytest
from corners import POLICY
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from strategies import build, programs

from autograd_lite import Value, compile, operation, pages, sigmoid, sin, tanh  # noqa: A004
from autograd_lite.engine.graph import topological
from autograd_lite.engine.operation import ROWS
from autograd_lite.program.javascript import OPERATIONS, plain
from autograd_lite.testing import oracle

SCRIPTS = Path(pages.__file__).parent / "explorer" / "scripts"
ULPS = 4

pytestmark = [
    pytest.mark.node,
    pytest.mark.skipif(shutil.which("node") is None, reason="needs Node, the JavaScript engine `node` on the PATH"),
]

NODE = """
import {{ readFileSync }} from "node:fs";
import {{ OPERATIONS }} from {operations};
import {{ Interpreter }} from {interpreter};
const read = (x) => (typeof x === "number" ? x : x === "-0" ? -0 : Number(x.replace("inf", "Infinity")));
const write = (x) => (Object.is(x, -0) ? "-0" : Number.isFinite(x) ? x : String(x).replace("Infinity", "inf"));
const asked = JSON.parse(readFileSync(0, "utf8"));
const answers = {{
  names: () => Object.keys(OPERATIONS),
  values: ({{ op, points }}) => points.map((point) => write(OPERATIONS[op](...point.map(read)))),
  run: ({{ data, inputs }}) => {{
    const interpreter = new Interpreter(data);
    const numbers = interpreter.run(inputs.map(read));
    const again = interpreter.run(inputs.map(read), interpreter.run(inputs.map(() => 0.5)));
    if (!again.every((x, k) => Object.is(x, numbers[k]))) throw new Error("an array used again gives other numbers");
    return [
      data.outputs.map((x) => write(interpreter.value(x, numbers))),
      interpreter.updated(inputs.map(read), numbers).map(write),
    ];
  }},
}};
console.log(JSON.stringify(asked.map(({{ what, ...rest }}) => answers[what](rest))));
"""


def node(*questions):
    """What Node answers to some questions, in one process."""
    operations, interpreter = (json.dumps((SCRIPTS / name).as_uri()) for name in ("operations.js", "interpreter.js"))
    script = NODE.format(operations=operations, interpreter=interpreter)
    run = subprocess.run(
        ["node", "--input-type=module", "-e", script],
        input=json.dumps(questions),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)


def written(x):
    """A float as JSON can hold it."""
    if math.isfinite(x):
        return "-0" if x == 0.0 and math.copysign(1.0, x) < 0.0 else x
    return str(x)


def test_python_knows_what_javascript_has():
    """The operations that Python leaves to JavaScript are those of the module."""
    (names,) = node({"what": "names"})
    assert set(names) == OPERATIONS <= set(ROWS)


TINY = [5e-324, 1e-310, 2.2250738585072014e-308, 1e-300, 1e-100, 1e-20, 1e-8]
SIZES = [*TINY, 1e-3, 0.1, 0.3, 0.5, 0.7, 0.9, 0.999999, 1.0, 1.0000001, 1.5, 2.0, 2.5, 3.0, math.pi, 4.0, 5.5, 7.0]
SIZES += [10.0, 20.5, 36.7, 100.0, 354.0, 700.0, 709.5, 709.9, 744.0, 746.0, 1e3, 1e5, 1e8, 1e15, 1e22, 1e100, 1e300]
SIZES += [1.7976931348623157e308, math.inf]
POINTS = [0.0, -0.0, *SIZES, *(-x for x in SIZES), math.nan, -20.3 * math.pi, 100.0 * math.pi, 1e5 * math.pi]
STEPS = [4e-16, -1e-12, 1e-9, 8.5e-8, -1.9e-7, 3e-7, -9e-7]
NEAR_ONE = [(1.0 + t, y / t) for t in STEPS for y in (-744.5, -0.3, 512.7, 709.3)]
NEAR_ONE += [(-1.0 - 2e-7, b) for b in (3242812772.0, 3242812771.0, -3242812772.0, 3242812772.5, 2.0**60, 1e308)]
POWERS = [(2.0, 1024.0), (1e240, 4e28), (5e95, 3e137), (4.577323346118062e-292, 1.1079009718110906), (0.5, 1080.0)]
POWERS += [(1.00000059, 1.2e9), (-3.0, 647.0), (-3.0, -690.0), (0.9999999999999946, 2.26e16), (1e-160, 3.0)]
FEW = [x for k, x in enumerate(POINTS) if k % 2 == 0 or not math.isfinite(x) or x == 0.0]


@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_operations(name):
    """Values are within 4 units in the last place of the true ones; NaN, infinities and zeros are Python's."""
    row = ROWS[name]
    points = [(x,) for x in POINTS] if row.arity == 1 else list(itertools.product(FEW, FEW))
    if name == "pow":
        points += NEAR_ONE  # where V8's Math.pow is off by hundreds of units
    if name in {"pow_slope", "pow_log"}:
        points += POWERS
        points = [
            (a, b) for a, b in points if not (a < 0.0 and math.isfinite(b) and b % 1.0)
        ]  # no power, and so no slope
    (answers,) = node({"what": "values", "op": name, "points": [list(map(written, p)) for p in points]})
    for point, answer in zip(points, map(float, answers), strict=True):
        python = row.fn(*point)
        if math.isnan(python) or math.isinf(python) or python == 0.0:
            assert math.isnan(answer) == math.isnan(python), point
            if not math.isnan(python):
                assert abs(answer - python) <= 1e-323 if python == 0.0 else answer == python, point
            if python == 0.0 == answer:
                assert math.copysign(1.0, answer) == math.copysign(1.0, python), point
        else:
            assert oracle.ulps(answer, oracle.value(name, *point)) <= ULPS, (point, answer, python)


@settings(max_examples=8, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(programs(), min_size=25, max_size=25))
def test_random_graphs(graphs):
    """Programs of random graphs give Python's numbers in JavaScript, values and gradients, but for rounding."""
    questions, expected = [], []
    for steps in graphs:
        nodes = build(steps)
        leaves = [x for x in topological(nodes[-1]) if x.op is None]
        program = compile(nodes[-1], inputs=leaves)
        inputs = [x.data for x in leaves]
        questions.append({"what": "run", "data": plain(program.code), "inputs": list(map(written, inputs))})
        expected.append(program._run(inputs))
    for (outputs, _), python in zip(node(*questions), expected, strict=True):
        size = max((abs(x) for x in python if math.isfinite(x)), default=0.0)
        for mine, theirs in zip(map(float, outputs), python, strict=True):
            assert mine == pytest.approx(theirs, rel=1e-9, abs=1e-9 * size, nan_ok=True)


def _compared(program, *points):
    data = plain(program.code)
    assert json.loads(json.dumps(data)) == data
    answers = node(*({"what": "run", "data": data, "inputs": list(map(written, p))} for p in points))
    for point, (outputs, _) in zip(points, answers, strict=True):
        python = program._run(list(point))
        for mine, theirs in zip(map(float, outputs), python, strict=True):
            assert mine == pytest.approx(theirs, rel=1e-12, abs=1e-300, nan_ok=True)


def test_every_operation_in_a_graph():
    """Value and slopes of every row of the table, and of the slopes' rows, are written by what JavaScript has."""
    for row in ROWS.values():
        args = [Value(0.4, "a"), Value(0.7, "b")][: row.arity]
        program = compile(row(*args) * 1.0, inputs=args)
        assert {step["op"] for step in plain(program.code)["instructions"]} <= OPERATIONS | {"input", "constant"}
        _compared(program, [0.4, 0.7][: row.arity], [0.3, 0.2][: row.arity], [0.9, 0.01][: row.arity])


def test_the_corners_of_the_policy():
    """Where the policy names a value or a slope at a corner, JavaScript has what Python has."""
    rows = [row for row in POLICY if row["function"] in ROWS]
    assert len(rows) > 50
    questions, expected = [], []
    for row in rows:
        args = [Value(float(x), f"x{k}") for k, x in enumerate(row["args"])]
        program = compile(ROWS[row["function"]](*args), inputs=args)
        inputs = [x.data for x in args]
        questions.append({"what": "run", "data": plain(program.code), "inputs": list(map(written, inputs))})
        expected.append(program._run(inputs))
    for row, (outputs, _), python in zip(rows, node(*questions), expected, strict=True):
        for mine, theirs in zip(map(float, outputs), python, strict=True):
            if math.isfinite(theirs) and theirs != 0.0:
                assert oracle.ulps(mine, oracle.mp.mpf(theirs)) <= 2 * ULPS, row  # each is within 4 of the true one
            else:
                assert written(mine) == written(theirs), row


def test_an_update():
    """Updates are made at once, from the numbers before them."""
    a, b = Value(1.0, "a"), Value(2.0, "b")
    program = compile(a * b, inputs=[a, b], updates={a: b, b: a + b})
    ((_, updated),) = node({"what": "run", "data": plain(program.code), "inputs": [3.0, 5.0]})
    assert updated == [5.0, 8.0]


@operation
def bumpy(x, w):
    """An operation of one's own, of two arguments."""
    return sin(x * w) * tanh(w)


def test_an_operation_of_ones_own():
    """One that is made of operations is written out, value and slopes; others are refused, with the reason."""
    x, w = Value(0.3, "x"), Value(0.8, "w")
    _compared(compile(sigmoid(bumpy(x, w)) * x, inputs=[x, w]), [0.3, 0.8], [-1.0, 2.0])

    @operation(slopes=lambda y, x: 2.0 * x, name="plain_square_of_floats")
    def squared(x):
        return x * x

    with pytest.raises(ValueError, match=r"'plain_square_of_floats' computes with floats, which a page cannot follow"):
        plain(compile(squared(x), inputs=[x]).code)

    @operation(name="bent_operation")
    def bent(x):
        return x * x if x > 0.0 else x * 0.5

    with pytest.raises(ValueError, match=r"'bent_operation' compares numbers .*use maximum, minimum or step"):
        plain(compile(bent(x), inputs=[x]).code)


def test_labels_stay_text():
    """Labels that are names of JavaScript's own, or markup, are names in the data and nothing else."""
    hostile = ["__proto__", "constructor", "</script>", "toString", "\u2028", "a\nb", "op"]
    leaves = [Value(float(k), label) for k, label in enumerate(hostile, 1)]
    total = leaves[0] * 1.0
    for leaf in leaves[1:]:
        total = total + leaf * leaf
    program = compile(total, inputs=leaves, updates={leaves[0]: leaves[0] * 2.0})
    ((outputs, updated),) = node({"what": "run", "data": plain(program.code), "inputs": [leaf.data for leaf in leaves]})
    assert outputs[0] == total.data
    assert updated[0] == 2.0
