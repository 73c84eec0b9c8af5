"""Programs in machine code and on NumPy, beside hand-written C as the limit, and beside the fastest peers.

    python -m benchmarks.compiled [--out FILE]         (some minutes)

Peers are of the extra `bench`; one that is not installed is skipped, and named, as is C without a compiler `gcc`. Each
peer is taken in its fast form, which the table names. Competitors take turns; a time is the median of the rounds, a
ratio the median of the ratios of the rounds. xad and ddx-ad are not measured yet.
All have to agree on the numbers, or the run ends with an error. Compiling
is not within a time unless it says so; the last table has what it takes.
"""

import argparse
import ctypes
import json
import math
import shutil
import statistics
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from autograd_lite import Network, Value, compile, grad  # noqa: A004
from autograd_lite.losses import mean_squared_error
from autograd_lite.train import data_loss
from benchmarks.replay import (
    EPOCHS,
    STEPS,
    Row,
    Time,
    agree,
    amount,
    chain,
    in_turn,
    installed,
    line,
    machine,
    mazur_by_hand,
    mazur_graph,
    moons,
    moons_by_micrograd,
    moons_program,
    seconds,
    weights,
)

RATES, RATE_EPOCHS = 200, 1_000
ROUNDS = 15

C = r"""
#include <math.h>
#include <string.h>
typedef double lanes __attribute__((vector_size(64)));
typedef long long wholes __attribute__((vector_size(64)));

/* e**x in eight lanes: 2**k times Taylor's polynomial of the rest; between -700 and 700 */
static inline lanes exp8(lanes x) {
    lanes magic = {0}; magic += 6755399441055744.0;
    lanes k = x * 1.4426950408889634 + magic; k -= magic;
    lanes r = x - k * 0.6931471803691238; r -= k * 1.9082149292705877e-10;
    lanes p = {0}; p += 1.0 / 6227020800.0;
    p = p * r + 1.0 / 479001600.0; p = p * r + 1.0 / 39916800.0; p = p * r + 1.0 / 3628800.0;
    p = p * r + 1.0 / 362880.0; p = p * r + 1.0 / 40320.0; p = p * r + 1.0 / 5040.0; p = p * r + 1.0 / 720.0;
    p = p * r + 1.0 / 120.0; p = p * r + 1.0 / 24.0; p = p * r + 1.0 / 6.0; p = p * r + 0.5; p = p * r + 1.0;
    p = p * r + 1.0;
    wholes n = (__builtin_convertvector(k, wholes) + 1023) << 52;
    lanes power; memcpy(&power, &n, 64);
    return p * power;
}

#define STEP(EXP) \
    a_h1 = 1.0 / (1.0 + EXP(-(w1 * i1 + w2 * i2 + b1))); \
    a_h2 = 1.0 / (1.0 + EXP(-(w3 * i1 + w4 * i2 + b1))); \
    a_o1 = 1.0 / (1.0 + EXP(-(w5 * a_h1 + w6 * a_h2 + b2))); \
    a_o2 = 1.0 / (1.0 + EXP(-(w7 * a_h1 + w8 * a_h2 + b2))); \
    d_o1 = (a_o1 - t1) * a_o1 * (1.0 - a_o1); \
    d_o2 = (a_o2 - t2) * a_o2 * (1.0 - a_o2); \
    d_h1 = (d_o1 * w5 + d_o2 * w7) * a_h1 * (1.0 - a_h1); \
    d_h2 = (d_o1 * w6 + d_o2 * w8) * a_h2 * (1.0 - a_h2); \
    w1 -= rate * d_h1 * i1; w2 -= rate * d_h1 * i2; w3 -= rate * d_h2 * i1; w4 -= rate * d_h2 * i2; \
    w5 -= rate * d_o1 * a_h1; w6 -= rate * d_o1 * a_h2; w7 -= rate * d_o2 * a_h1; w8 -= rate * d_o2 * a_h2;

#define NUMBERS const double i1 = 0.05, i2 = 0.1, t1 = 0.01, t2 = 0.99, b1 = 0.35, b2 = 0.6;

void mazur(long epochs, double rate, double *w) {
    NUMBERS
    double w1 = w[0], w2 = w[1], w3 = w[2], w4 = w[3], w5 = w[4], w6 = w[5], w7 = w[6], w8 = w[7];
    double a_h1, a_h2, a_o1, a_o2, d_o1, d_o2, d_h1, d_h2;
    for (long k = 0; k < epochs; k++) { STEP(exp) }
    double last[8] = {w1, w2, w3, w4, w5, w6, w7, w8};
    memcpy(w, last, sizeof last);
}

void mazur_lanes(long epochs, long count, const double *rates, double *w) {
    NUMBERS
    for (long at = 0; at < count; at += 8) {
        lanes rate, v[8]; memcpy(&rate, rates + at, 64);
        for (int k = 0; k < 8; k++) memcpy(&v[k], w + k * count + at, 64);
        lanes w1 = v[0], w2 = v[1], w3 = v[2], w4 = v[3], w5 = v[4], w6 = v[5], w7 = v[6], w8 = v[7];
        lanes a_h1, a_h2, a_o1, a_o2, d_o1, d_o2, d_h1, d_h2;
        for (long k = 0; k < epochs; k++) { STEP(exp8) }
        lanes last[8] = {w1, w2, w3, w4, w5, w6, w7, w8};
        for (int k = 0; k < 8; k++) memcpy(w + k * count + at, &last[k], 64);
    }
}

/* 2-16-16-1, relu, hinge loss with a penalty: the value and the gradient, the mean over the samples.
   p: w1[16][2] b1[16] w2[16][16] b2[16] w3[16] b3 */
double moons(const double *p, const double *data, long count, double *g) {
    const double *w1 = p, *b1 = p + 32, *w2 = p + 48, *b2 = p + 304, *w3 = p + 320, *b3 = p + 336;
    double *g1 = g, *h1 = g + 32, *g2 = g + 48, *h2 = g + 304, *g3 = g + 320, *h3 = g + 336;
    double total = 0.0;
    memset(g, 0, 337 * sizeof(double));
    for (long n = 0; n < count; n++) {
        double x = data[3 * n], y = data[3 * n + 1], side = data[3 * n + 2];
        double a1[16], a2[16], d1[16] = {0}, d2[16], score = *b3;
        for (int j = 0; j < 16; j++) { double s = w1[2 * j] * x + w1[2 * j + 1] * y + b1[j]; a1[j] = s > 0 ? s : 0; }
        for (int j = 0; j < 16; j++) {
            double s = b2[j];
            for (int k = 0; k < 16; k++) s += w2[16 * j + k] * a1[k];
            a2[j] = s > 0 ? s : 0;
        }
        for (int j = 0; j < 16; j++) score += w3[j] * a2[j];
        double loss = 1.0 - side * score;
        if (loss <= 0) continue;
        total += loss;
        *h3 -= side;
        for (int j = 0; j < 16; j++) { g3[j] -= side * a2[j]; d2[j] = a2[j] > 0 ? -side * w3[j] : 0.0; h2[j] += d2[j]; }
        for (int j = 0; j < 16; j++)
            for (int k = 0; k < 16; k++) { g2[16 * j + k] += d2[j] * a1[k]; d1[k] += d2[j] * w2[16 * j + k]; }
        for (int j = 0; j < 16; j++) {
            double d = a1[j] > 0 ? d1[j] : 0.0;
            g1[2 * j] += d * x; g1[2 * j + 1] += d * y; h1[j] += d;
        }
    }
    double squares = 0.0;
    for (int k = 0; k < 337; k++) { squares += p[k] * p[k]; g[k] = g[k] / count + 2e-4 * p[k]; }
    return total / count + 1e-4 * squares;
}
"""


def c_library() -> Any:
    """Compile the C above; None without a compiler."""
    if not shutil.which("gcc"):
        print("skipped: hand-written C, there is no gcc")
        return None
    folder = Path(tempfile.mkdtemp())
    (folder / "limit.c").write_text(C)
    options = ["-O3", "-march=native", "-fno-math-errno", "-ffp-contract=fast", "-shared", "-fPIC"]
    command = ["gcc", *options, "limit.c", "-o", "limit.so", "-lm"]
    subprocess.run(command, cwd=folder, check=True)  # noqa: S603
    library = ctypes.CDLL(str(folder / "limit.so"))
    library.moons.restype = ctypes.c_double
    return library


Doubles = Any


def doubles(numbers: Sequence[float]) -> Doubles:
    """Return numbers as C has them."""
    return (ctypes.c_double * len(numbers))(*numbers)


def table(
    workload: str, ours: dict[str, Time], peers: dict[str, Time], bars: dict[str, tuple[str, str, float]]
) -> list[Row]:
    """Let all take turns; return a line for each of ours beside each peer.

    `bars` says for one of ours which peer it is held against, in words, and the largest ratio.
    """
    names = [*ours, *peers]
    times = dict(zip(names, in_turn(ROUNDS, *ours.values(), *peers.values()), strict=True))
    rows = []
    for mine in ours:
        first = True
        for peer in peers or {"": None}:
            if not peer:
                rows.append(Row(f"{workload}: {mine}", statistics.median(times[mine])))
                continue
            ratio = statistics.median(a / b for a, b in zip(times[mine], times[peer], strict=True))
            bar, met = "", None
            if mine in bars and bars[mine][0] == peer:
                bar, met = bars[mine][1], ratio <= bars[mine][2]
            name = f"{workload}: {mine}" if first else f"- {mine}"
            rows.append(
                Row(name, statistics.median(times[mine]), peer, statistics.median(times[peer]), ratio, bar, met)
            )
            first = False
    return rows


# --- Mazur's example, one state --------------------------------------------------------------------------------------

START = (0.15, 0.2, 0.25, 0.3, 0.4, 0.45, 0.5, 0.55)


def descending(backend: str) -> Any:
    """Return Mazur's example as a program that descends, with the learning rate as an input."""
    loss, w = mazur_graph()
    rate = Value(0.5, "rate")
    updates = {p: p - rate * slope for p, slope in zip(w, grad(loss, w), strict=True)}
    return compile(loss, wrt=w, inputs=[*w, rate], updates=updates, backend=backend)


def one_state(c: Any) -> list[Row]:
    """10,000 epochs, the last state alone."""
    wanted = mazur_by_hand(EPOCHS)
    ours: dict[str, Time] = {}
    if installed("llvmlite"):
        program = descending("llvm")
        state = lambda: list(program.iterate(START, EPOCHS, inputs={"rate": 0.5}).state.values())  # noqa: E731
        agree(state(), wanted)
        ours["llvm"] = lambda: seconds(state)
    plain = descending("python")
    ours["python"] = lambda: seconds(lambda: plain.iterate(START, EPOCHS, inputs={"rate": 0.5}))
    peers: dict[str, Time] = {}

    def peer(name: str, run: Callable[[], Sequence[float]]) -> None:
        agree(list(run()), wanted, 1e-8)
        peers[name] = lambda: seconds(run)

    if c:

        def by_c() -> Sequence[float]:
            w = doubles(START)
            c.mazur(ctypes.c_long(EPOCHS), ctypes.c_double(0.5), w)
            return list(w)

        peer("hand-written C", by_c)
    if installed("casadi"):
        import casadi

        w = casadi.SX.sym("w", 8)
        step = casadi.Function("step", [w], [w - 0.5 * casadi.gradient(_mazur_loss(w, casadi.exp), w)])
        fold = step.fold(EPOCHS)
        peer("CasADi fold", lambda: [float(x) for x in fold(START).full().ravel()])
    if installed("jax"):
        import jax
        import jax.numpy as jnp

        jax.config.update("jax_enable_x64", True)
        slope = jax.grad(lambda w: _mazur_loss(w, jnp.exp))
        loop = jax.jit(lambda w: jax.lax.fori_loop(0, EPOCHS, lambda _, w: w - 0.5 * slope(w), w))
        start = jnp.array(START)
        peer("JAX fori_loop", lambda: loop(start).tolist())
    if installed("heyoka"):
        import heyoka
        import numpy as np

        names = [f"w{k}" for k in range(1, 9)]
        w_ = [heyoka.expression(name) for name in names]
        loss = _mazur_loss(w_, heyoka.exp)
        news = [x - 0.5 * heyoka.diff(loss, x) for x in w_]
        function = heyoka.cfunc(news, vars=w_)

        def by_heyoka() -> Sequence[float]:
            x = np.array(START)
            for _ in range(EPOCHS):
                x = function(x)
            return list(x)

        peer("heyoka cfunc", by_heyoka)
    name = f"Mazur, {EPOCHS:,} epochs"
    return table(name, ours, peers, {"llvm": ("hand-written C", "at most 1.3 times C", 1.3)})


def _mazur_loss(w: Any, exp: Callable[[Any], Any]) -> Any:
    b1, b2, i1, i2, t1, t2 = 0.35, 0.6, 0.05, 0.1, 0.01, 0.99
    sigmoid = lambda x: 1.0 / (1.0 + exp(-x))  # noqa: E731
    a_h1, a_h2 = sigmoid(w[0] * i1 + w[1] * i2 + b1), sigmoid(w[2] * i1 + w[3] * i2 + b1)
    a_o1, a_o2 = sigmoid(w[4] * a_h1 + w[5] * a_h2 + b2), sigmoid(w[6] * a_h1 + w[7] * a_h2 + b2)
    return 0.5 * (t1 - a_o1) ** 2 + 0.5 * (t2 - a_o2) ** 2


# --- many rates ------------------------------------------------------------------------------------------------------


def many_rates(c: Any) -> list[Row]:
    """200 learning rates, 1,000 epochs each."""
    rates = [0.01 * (k + 1) for k in range(RATES)]
    alone = descending("python")
    wanted = [alone.iterate(START, RATE_EPOCHS, inputs={"rate": r}).state["w1"] for r in rates[:: RATES // 8]]
    ours: dict[str, Time] = {}
    for name, package in (("llvm", "llvmlite"), ("numpy", "numpy")):
        if installed(package):
            program = descending(name)
            run = lambda p=program: p.iterate_map(START, RATE_EPOCHS, inputs={"rate": rates})  # noqa: E731
            agree(run().state["w1"][:: RATES // 8], wanted)
            ours[name] = lambda run=run: seconds(run)
    peers: dict[str, Time] = {}
    for name, run in _peers_in_lanes(c, rates):
        agree([float(x) for x in run()[:: RATES // 8]], wanted, 1e-8)
        peers[name] = lambda run=run: seconds(run)
    bars = {
        "llvm": ("hand-written C, own vector exp", "at most 1.3 times C", 1.3),
        "numpy": ("hand-batched NumPy", "as fast as by hand", 1.0),
    }
    return table(f"{RATES} rates, {RATE_EPOCHS:,} epochs", ours, peers, bars)


def _peers_in_lanes(c: Any, rates: list[float]) -> Iterator[tuple[str, Callable[[], Any]]]:
    """Each peer, and what gives the last w1 for every rate."""
    if c:

        def by_c() -> Any:
            w = doubles([x for x in START for _ in rates])
            c.mazur_lanes(ctypes.c_long(RATE_EPOCHS), ctypes.c_long(RATES), doubles(rates), w)
            return w[:RATES]

        yield "hand-written C, own vector exp", by_c
    if installed("numpy"):
        yield "hand-batched NumPy", lambda: _by_numpy(rates)
    if installed("jax"):
        import jax
        import jax.numpy as jnp

        jax.config.update("jax_enable_x64", True)
        slope = jax.grad(lambda w: _mazur_loss(w, jnp.exp))
        one = lambda r: jax.lax.fori_loop(0, RATE_EPOCHS, lambda _, w: w - r * slope(w), jnp.array(START))  # noqa: E731
        lanes, every = jax.jit(jax.vmap(one)), jnp.array(rates)
        yield "JAX vmap of fori_loop", lambda: lanes(every)[:, 0].tolist()  # noqa: PLW0108
    if installed("heyoka"):
        import heyoka
        import numpy as np

        w = [heyoka.expression(f"w{k}") for k in range(1, 9)]
        loss = _mazur_loss(w, heyoka.exp)
        news = [x - heyoka.par[0] * heyoka.diff(loss, x) for x in w]
        function = heyoka.cfunc(news, vars=w)

        def by_heyoka() -> Any:
            x, pars = np.repeat(np.array(START)[:, None], RATES, axis=1), np.array([rates])
            out = np.empty_like(x)
            for _ in range(RATE_EPOCHS):
                function(x, pars=pars, outputs=out)
                x, out = out, x
            return x[0]

        yield "heyoka cfunc, batched", by_heyoka


def _by_numpy(rates: Sequence[float]) -> Any:
    import numpy as np

    rate, exp = np.array(rates), np.exp
    w1, w2, w3, w4, w5, w6, w7, w8 = (np.full(len(rates), x) for x in START)
    b1, b2, i1, i2, t1, t2 = 0.35, 0.6, 0.05, 0.1, 0.01, 0.99
    for _ in range(RATE_EPOCHS):
        a_h1 = 1.0 / (1.0 + exp(-(w1 * i1 + w2 * i2 + b1)))
        a_h2 = 1.0 / (1.0 + exp(-(w3 * i1 + w4 * i2 + b1)))
        a_o1 = 1.0 / (1.0 + exp(-(w5 * a_h1 + w6 * a_h2 + b2)))
        a_o2 = 1.0 / (1.0 + exp(-(w7 * a_h1 + w8 * a_h2 + b2)))
        d_o1 = (a_o1 - t1) * a_o1 * (1.0 - a_o1)
        d_o2 = (a_o2 - t2) * a_o2 * (1.0 - a_o2)
        d_h1 = (d_o1 * w5 + d_o2 * w7) * a_h1 * (1.0 - a_h1)
        d_h2 = (d_o1 * w6 + d_o2 * w8) * a_h2 * (1.0 - a_h2)
        w1 = w1 - rate * d_h1 * i1
        w2 = w2 - rate * d_h1 * i2
        w3 = w3 - rate * d_h2 * i1
        w4 = w4 - rate * d_h2 * i2
        w5 = w5 - rate * d_o1 * a_h1
        w6 = w6 - rate * d_o1 * a_h2
        w7 = w7 - rate * d_o2 * a_h1
        w8 = w8 - rate * d_o2 * a_h2
    return w1


# --- micrograd's moons -----------------------------------------------------------------------------------------------


def parameters() -> list[float]:
    """Return the 337 numbers of the network as C and the matrices have them: weights and biases, layer by layer."""
    return [x for layer in weights() for row in (*(n[:-1] for n in layer), [n[-1] for n in layer]) for x in row]


def moons_once(c: Any) -> list[Row]:
    """2-16-16-1 with relu, 100 samples: the loss and 337 gradients."""
    data = moons()
    rows = [x for row in data for x in row]
    flat = parameters()
    ours: dict[str, Time] = {}
    wanted = None
    for name, package in (("python", ""), ("llvm", "llvmlite"), ("numpy", "numpy")):
        if package and not installed(package):
            continue
        program = _moons_loss(name)
        state = {key: x.data for key, x in zip(program.inputs, program.recorded.inputs, strict=True)}
        fixed = {key: state[key] for key in program.inputs[:337]}
        found = program(fixed, data=data)
        wanted = wanted or (found.value, [found.gradient[key] for key in program.wrt])
        agree([found.value, *found.gradient.values()], [wanted[0], *wanted[1]])
        ours[name] = lambda p=program, f=fixed: seconds(lambda: p(f, data=data))
    assert wanted is not None
    if installed("llvmlite"):  # as in training: what is given was looked at before
        from autograd_lite.program.program import Program

        trained = Program(moons_program().recorded, backend="llvm")
        trained.iterate(epochs=1, data=data)
        ours["llvm, a pass within iterate"] = lambda: seconds(lambda: trained.iterate(epochs=100, data=data)) / 100
    peers: dict[str, Time] = {}
    if c:
        p, samples, slopes = doubles(flat), doubles(rows), doubles([0.0] * 337)
        value = c.moons(p, samples, ctypes.c_long(100), slopes)
        agree([value, sum(slopes)], [wanted[0], sum(wanted[1])], 1e-7)
        peers["hand-written C loops"] = lambda: seconds(lambda: c.moons(p, samples, ctypes.c_long(100), slopes))
    if installed("jax"):
        import jax
        import jax.numpy as jnp

        jax.config.update("jax_enable_x64", True)
        points = jnp.array(data)
        layers = [(jnp.array([n[:-1] for n in layer]), jnp.array([n[-1] for n in layer])) for layer in weights()]

        def loss(layers: Any) -> Any:
            a = points[:, :2]
            for w, b in layers[:-1]:
                a = jax.nn.relu(a @ w.T + b)
            w, b = layers[-1]
            scores = (a @ w.T + b)[:, 0]
            squares = sum(jnp.sum(w * w) + jnp.sum(b * b) for w, b in layers)
            return jnp.mean(jax.nn.relu(1.0 - points[:, 2] * scores)) + 1e-4 * squares

        both = jax.jit(jax.value_and_grad(loss))
        agree([float(both(layers)[0])], [wanted[0]], 1e-7)
        peers["JAX, matrices"] = lambda: seconds(lambda: jax.block_until_ready(both(layers)))
    if installed("torch"):
        step = _torch_step(data)
        agree([step()], [wanted[0]], 1e-7)
        peers["PyTorch, matrices"] = lambda: seconds(step)
    bars = {"llvm, a pass within iterate": ("hand-written C loops", "at most 5 times C", 5.0)}
    return table("2-16-16-1, 100 samples, loss and 337 gradients", ours, peers, bars)


def _moons_loss(backend: str) -> Any:
    from dataclasses import replace

    from autograd_lite.program.program import Program

    recorded = moons_program().recorded
    inputs = tuple(x for x in recorded.inputs if x.label != "k")
    return Program(
        replace(recorded, updates=(), inputs=inputs, outputs=recorded.outputs[:1], single=True), backend=backend
    )


def _torch_step(data: Sequence[Sequence[float]]) -> Callable[[], float]:
    import torch

    torch.set_num_threads(1)
    points = torch.tensor(data, dtype=torch.float64)
    layers = [
        torch.tensor(numbers, dtype=torch.float64, requires_grad=True)
        for layer in weights()
        for numbers in ([n[:-1] for n in layer], [n[-1] for n in layer])
    ]

    def step() -> float:
        a = points[:, :2]
        for k in (0, 2):
            a = torch.relu(torch.addmm(layers[k + 1], a, layers[k].T))
        scores = torch.addmm(layers[5], a, layers[4].T)[:, 0]
        loss = torch.relu(1.0 - points[:, 2] * scores).mean() + 1e-4 * sum((p * p).sum() for p in layers)
        torch.autograd.grad(loss, layers)
        return float(loss.detach())

    return step


def moons_training() -> list[Row]:
    """100 steps of the training in micrograd's demo, beside micrograd."""
    data = moons()
    if not (installed("llvmlite") and installed("micrograd")):
        return []
    program = moons_program()
    from autograd_lite.program.program import Program

    program = Program(program.recorded, backend="llvm")
    losses = lambda steps: list(program.iterate(epochs=steps, data=data, record="loss").history["loss"])  # noqa: E731
    steps = 2
    agree(losses(STEPS)[:steps], moons_by_micrograd(steps))
    mine, slow = in_turn(5, lambda: seconds(lambda: losses(STEPS)), lambda: seconds(lambda: moons_by_micrograd(steps)))
    scaled = [x * STEPS / steps for x in slow]
    ratio = statistics.median(a / b for a, b in zip(mine, scaled, strict=True))
    name = f"moons, {STEPS} steps of training: llvm"
    bar = "at least 5,000 times as fast"
    return [Row(name, statistics.median(mine), "micrograd", statistics.median(scaled), ratio, bar, 1 / ratio >= 5000)]


def deep() -> list[Row]:
    """50-50-10 with tanh, one sample: the loss and all gradients."""
    net = Network([50, 50, 50, 10], activation="tanh", biases="neuron", seed=1)
    inputs, targets = [math.sin(k) for k in range(50)], [math.cos(k) for k in range(10)]
    loss = data_loss(net, [(inputs, targets)], mean_squared_error)
    start = [p.data for p in net.parameters()]
    ours: dict[str, Time] = {}
    for name, package in (("python", ""), ("llvm", "llvmlite")):
        if not package or installed(package):
            program = compile(loss, inputs=net.parameters(), backend=name)
            program(start)
            for _ in range(100):
                program(start)
            ours[name] = lambda p=program: seconds(lambda: p(start))
    return table(f"50-50-50-10, one sample, loss and {len(start):,} gradients", ours, {}, {})


# --- what it costs to compile ----------------------------------------------------------------------------------------


def costs() -> list[dict[str, Any]]:
    """Compiling and running by the size of the graph."""
    found = []
    print(
        "\n| nodes | instructions | record | machine code | a call, python | a call, llvm |\n|---|---|---|---|---|---|"
    )
    for nodes in (100, 1_000, 10_000, 30_000, 100_000, 1_000_000):
        y, inputs = chain(nodes)
        began: dict[str, float] = {}
        program: Any = None

        def record(y: Value = y, inputs: list[Value] = inputs) -> None:
            nonlocal program
            program = compile(y, inputs=inputs, backend="llvm" if installed("llvmlite") else "python")

        began["record"] = seconds(record)
        point = [x.data for x in inputs]
        first = seconds(lambda p=program, at=point: p(at))
        calls = statistics.median(seconds(lambda p=program, at=point: p(at)) for _ in range(5))
        python = compile(y, inputs=inputs)
        for _ in range(2 if nodes > 10_000 else 101):
            python(point)
        slow = statistics.median(seconds(lambda p=python, at=point: p(at)) for _ in range(5))
        row = {
            "nodes": nodes,
            "instructions": len(program),
            "record": began["record"],
            "machine_code": first if program.backend == "llvm" else None,
            "python": slow,
            "llvm": calls if program.backend == "llvm" else None,
        }
        found.append(row)
        told = [amount(row[key]) if row[key] else "too large" for key in ("record", "machine_code", "python", "llvm")]
        print(f"| {nodes:,} | {len(program):,} | {' | '.join(told)} |", flush=True)
    return found


def main() -> None:
    """Measure everything, and print the tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.compiled", description=__doc__.partition("\n")[0])
    parser.add_argument("--out", type=Path, help="a JSON file for the numbers")
    chosen = parser.parse_args()
    c = c_library()
    print(", ".join(machine().values()))
    print("| workload | autograd_lite | peer | time by peer's | bar | met |\n|---|---|---|---|---|---|")
    rows = []
    for part in (lambda: one_state(c), lambda: many_rates(c), lambda: moons_once(c), moons_training, deep):
        made = part()
        rows += made
        print(*map(line, made), sep="\n", flush=True)
    sizes = costs()
    if chosen.out:
        found = {"machine": machine(), "rows": [asdict(row) for row in rows], "sizes": sizes}
        chosen.out.write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
