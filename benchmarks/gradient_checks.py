"""Gradient checkers on random functions with right and wrong gradients: false alarms, and errors found by their size.

    python -m benchmarks.gradient_checks [--functions N] [--out FILE]        (some minutes)

Peers that are not installed are skipped, and named. Every checker sees the same functions, points and gradients, with
the tolerances that it has by default; SciPy and numdifftools have none, and get those that stand beside them below.

The functions are drawn with a seed, of three variables, in three families:

- moderate: sums, products and smooth functions of numbers of the size of 1;
- scaled: the same with every variable in a unit of its own, from 1e-6 to 1e6;
- offset: the same as moderate with a constant from 1e2 to 1e8 added, so that rounding hides digits.

The true gradient is computed in 60 digits. A right gradient is the nearest float to it; a wrong one has one entry,
that with the greatest effect on the result, off by the size of the error, relative. Where the error is not larger than
twice the rounding of the function allows anyone to see, "could not tell" is the right answer.
"""

import argparse
import importlib.util
import json
import math
import random
import statistics
import time
import warnings
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import mpmath

import autograd_lite
from autograd_lite.testing import check_gradient
from benchmarks.replay import machine

FAMILIES = ("moderate", "scaled", "offset")
ERRORS = (0.0, 1e-3, 1e-5, 1e-7, 1e-9)
"""Relative errors of the entry that is wrong; 0.0 for a right gradient."""
UNARY = ("sin", "cos", "tanh", "exp", "log")
LARGE, SMALL = 1e4, 1e-3

Tree = tuple[Any, ...]
Point = tuple[float, ...]


@dataclass(frozen=True)
class Case:
    """A function, a point and the true gradient there."""

    tree: Tree
    point: Point
    gradient: tuple[float, ...]

    def claimed(self, error: float) -> list[float]:
        """Return the gradient with its weightiest entry off by a relative error."""
        claimed = list(self.gradient)
        k = max(range(len(claimed)), key=lambda k: abs(claimed[k] * self.point[k]))
        claimed[k] += error * claimed[k]
        return claimed


def evaluated(tree: Tree, x: Sequence[Any], functions: Any) -> Any:
    """Return the value of a tree: `x` are the variables, `functions` has sin, cos, tanh, exp and log."""
    kind, *parts = tree
    if kind == "x":
        return x[parts[0]]
    if kind == "constant":
        return parts[0]
    values = [evaluated(part, x, functions) for part in parts]
    if kind == "+":
        return values[0] + values[1]
    if kind == "*":
        return values[0] * values[1]
    if kind == "/":
        return values[0] / (values[1] * values[1] + 1.0)
    if kind == "log":
        return functions.log(values[0] * values[0] + 1.5)
    return getattr(functions, kind)(values[0])


def drawn(rng: random.Random, depth: int) -> Tree:
    """Draw a tree."""
    if depth == 0:
        return ("x", rng.randrange(3)) if rng.random() < 0.8 else ("constant", round(rng.uniform(-2.0, 2.0), 3))
    kind = rng.choice([*"++**/", *UNARY])
    if kind in UNARY:
        part = drawn(rng, depth - 1)
        return (kind, part) if _varies(part) else part  # PyTorch's functions take no plain numbers
    return (kind, drawn(rng, depth - 1), drawn(rng, rng.randrange(depth)))


def _varies(tree: Tree) -> bool:
    return tree[0] == "x" or (tree[0] != "constant" and any(map(_varies, tree[1:])))


def case(rng: random.Random, family: str) -> Case:
    """Draw a function of a family that depends on its variables, neither steep nor nearly flat."""
    while True:
        tree = drawn(rng, 4)
        point = tuple(rng.uniform(-2.0, 2.0) for _ in range(3))
        if family == "scaled":
            units = [10.0 ** rng.uniform(-6.0, 6.0) for _ in point]
            tree = _in_units(tree, units)
            point = tuple(x * unit for x, unit in zip(point, units, strict=True))
        if family == "offset":
            tree = ("+", tree, ("constant", 10.0 ** rng.uniform(2.0, 8.0)))
        try:
            gradient = true_gradient(tree, point)
        except (ArithmeticError, ValueError):
            continue
        effects = [abs(g * x) for g, x in zip(gradient, point, strict=True)]
        if SMALL < max(effects) < LARGE and all(map(math.isfinite, gradient)):
            return Case(tree, point, gradient)


def _in_units(tree: Tree, units: Sequence[float]) -> Tree:
    kind, *parts = tree
    if kind == "x":
        return ("*", tree, ("constant", 1.0 / units[parts[0]]))
    return tree if kind == "constant" else (kind, *(_in_units(part, units) for part in parts))


def true_gradient(tree: Tree, point: Point) -> tuple[float, ...]:
    """Return the gradient, right to the last digit of a float: central differences in 60 digits."""
    with mpmath.workdps(60):
        slopes = []
        for k in range(len(point)):
            h = mpmath.mpf(10) ** -20 * max(abs(point[k]), 1e-9)
            above, below = (
                evaluated(tree, [mpmath.mpf(x) + (t if i == k else 0) for i, x in enumerate(point)], mpmath.mp)
                for t in (h, -h)
            )
            slopes.append(float((above - below) / (2 * h)))
        return tuple(slopes)


# --- the checkers: each says "yes", "no" or "could not tell" --------------------------------------------------------

Checker = Callable[[Case, list[float]], str]
confirmed_wrongly: list[tuple[Case, float]] = []
"""Where ours confirmed an entry that is off by more than the uncertainty it stated."""


def _ours(case: Case, claimed: list[float], functions: Any) -> str:
    report = check_gradient(lambda *x: evaluated(case.tree, x, functions), case.point, gradient=claimed, raises=False)
    for entry, true in zip(report.slopes, case.gradient, strict=True):
        # The last term: the claimed number is a float.
        if entry.ok and abs(entry.got - true) > entry.uncertainty + 2.0**-52 * abs(true):
            confirmed_wrongly.append((case, entry.got))
    return "no" if report.wrong else "could not tell" if report.inconclusive else "yes"


def ours_on_floats(case: Case, claimed: list[float]) -> str:
    """check_gradient of a function of plain floats."""
    return _ours(case, claimed, math)


def ours_on_nodes(case: Case, claimed: list[float]) -> str:
    """check_gradient of a function that records."""
    return _ours(case, claimed, autograd_lite)


def torch_gradcheck(case: Case, claimed: list[float]) -> str:
    """torch.autograd.gradcheck: eps 1e-6, atol 1e-5, rtol 1e-3."""
    import torch

    class Claimed(torch.autograd.Function):  # type: ignore[misc]
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:  # noqa: ARG004
            return evaluated(case.tree, list(x), torch)

        @staticmethod
        def backward(ctx: Any, seed: Any) -> Any:  # noqa: ARG004
            return seed * torch.tensor(claimed, dtype=torch.float64)

    x = torch.tensor(case.point, dtype=torch.float64, requires_grad=True)
    return "yes" if torch.autograd.gradcheck(Claimed.apply, (x,), raise_exception=False) else "no"


def jax_check_grads(case: Case, claimed: list[float]) -> str:
    """jax.test_util.check_grads in float64, reverse mode, order 1."""
    import jax
    import jax.numpy as jnp
    from jax.test_util import check_grads

    jax.config.update("jax_enable_x64", True)

    @jax.custom_vjp
    def f(x: Any) -> Any:
        return evaluated(case.tree, [x[k] for k in range(3)], jnp)

    f.defvjp(lambda x: (f(x), None), lambda _, seed: (seed * jnp.array(claimed),))
    try:
        check_grads(f, (jnp.array(case.point),), order=1, modes=["rev"])
    except AssertionError:
        return "no"
    return "yes"


def scipy_check_grad(case: Case, claimed: list[float]) -> str:
    """scipy.optimize.check_grad; it gives a distance, taken as "yes" up to 1e-6 of the gradient's length."""
    from scipy.optimize import check_grad

    off = check_grad(lambda x: evaluated(case.tree, list(x), math), lambda _: claimed, case.point)
    return "yes" if off <= 1e-6 * math.hypot(*claimed) else "no"


def numdifftools_gradient(case: Case, claimed: list[float]) -> str:
    """numdifftools.Gradient; "yes" within ten times the error that it estimates for every entry."""
    import numdifftools

    found = numdifftools.Gradient(lambda x: evaluated(case.tree, list(x), math), full_output=True)(case.point)
    rows = zip(found.estimate, claimed, found.error_estimate.ravel(), strict=True)
    return "yes" if all(abs(a - c) <= 10.0 * e + 1e-14 * abs(c) for a, c, e in rows) else "no"


CHECKERS: dict[str, tuple[str, Checker]] = {
    "autograd_lite, floats": ("autograd_lite", ours_on_floats),
    "autograd_lite, nodes": ("autograd_lite", ours_on_nodes),
    "PyTorch gradcheck": ("torch", torch_gradcheck),
    "JAX check_grads": ("jax", jax_check_grads),
    "SciPy check_grad": ("scipy", scipy_check_grad),
    "numdifftools": ("numdifftools", numdifftools_gradient),
}


def asked(checker: Checker, case: Case, error: float) -> str:
    """Return the answer of a checker; what it raises is none."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return checker(case, case.claimed(error))
        except Exception as raised:  # noqa: BLE001  (whatever it is, it is counted and named)
            return f"raised {type(raised).__name__}"


def main() -> None:
    """Run all checkers, and print the table."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.gradient_checks", description=__doc__.partition("\n")[0]
    )
    parser.add_argument("--functions", type=int, default=800, metavar="N", help="of each family; default 800")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", choices=CHECKERS, help="one of the checkers")
    parser.add_argument("--out", type=Path, help="a JSON file for the counts")
    chosen = parser.parse_args()
    rng = random.Random(chosen.seed)  # noqa: S311  (drawn functions, no secrets)
    cases = {family: [case(rng, family) for _ in range(chosen.functions)] for family in FAMILIES}
    rows = []
    print(
        "| checker | functions | false alarms | " + " | ".join(f"{e:.0e} found" for e in ERRORS[1:]) + " | one check |"
    )
    print("|---" * (len(ERRORS) + 3) + "|")
    for name, (package, checker) in CHECKERS.items():
        if chosen.only not in (None, name):
            continue
        if not importlib.util.find_spec(package):
            print(f"{name}: skipped, {package} is not installed")
            continue
        for family in FAMILIES:
            counts, times = {}, []
            for error in ERRORS:
                answers: Counter[str] = Counter()
                for one in cases[family]:
                    start = time.perf_counter()
                    answers[asked(checker, one, error)] += 1
                    times.append(time.perf_counter() - start)
                counts[error] = answers
            row = {
                "checker": name,
                "functions": family,
                "answers": {f"{error:.0e}": dict(answers) for error, answers in counts.items()},
                "median_s": statistics.median(times),
            }
            rows.append(row)
            print(_line(row, chosen.functions), flush=True)
    print(f"\nconfirmed though off by more than the uncertainty stated: {len(confirmed_wrongly)}")
    for one, got in confirmed_wrongly[:5]:
        print(f"  {one}: {got!r}")
    if chosen.out:
        chosen.out.write_text(json.dumps({"machine": machine(), "rows": rows}, indent=1) + "\n")


def _line(row: dict[str, Any], total: int) -> str:
    cells = []
    for error, answers in row["answers"].items():
        no = answers.get("no", 0)
        unsure = sum(n for answer, n in answers.items() if answer not in ("yes", "no"))
        share = f"{no} of {total}" if error == "0e+00" else f"{100.0 * no / total:.1f} %"
        cells.append(share + (f" (+ {unsure} could not tell)" if unsure else ""))
    return f"| {row['checker']} | {row['functions']} | {' | '.join(cells)} | {1e3 * row['median_s']:.1f} ms |"


if __name__ == "__main__":
    main()
