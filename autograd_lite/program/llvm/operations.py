"""The language LLVM: each operation as instructions of its assembly language, for one number or for several at once.

What the nodes compute with plain arithmetic and the C library's functions is written so that it gives the same floats.
Where they take more care (a slope whose parts over- or underflow, a zero of sine far away), what is written covers the
common case, and the rest calls the function of the nodes itself, as it does for operations of the user's.

Several numbers at once, in lanes, have an exponential function and a logarithm of their own, both within one unit in
the last place; other functions of the C library are called lane by lane.
"""

import math
from collections.abc import Callable, Sequence

from autograd_lite.engine.ieee import FAR, HIGH, LOW, NEAR_ZERO
from autograd_lite.engine.operation import ROWS
from autograd_lite.engine.ops import Op
from autograd_lite.program.llvm.body import WIDTH, Body, Name, constant, truth
from autograd_lite.program.llvm.functions import fused

__all__ = ["lowered"]

ZERO, ONE, TWO, HALF, NAN = map(constant, (0.0, 1.0, 2.0, 0.5, math.nan))
Row = Callable[..., Name]


def _decay(body: Body, x: Name) -> Name:
    """e**-|x|, which never overflows."""
    return body.library("exp", body.neg(body.intrinsic("fabs", x)))


def _part(body: Body, e: Name) -> Name:
    """Return 1 / (1 + e) in lanes: one division for a sigmoid and its slope, the dearest of their operations.

    What is lost in the sum and in the quotient is put back, by a step of Newton's.
    """
    total = body.add(ONE, e)
    lost = body.sub(e, body.sub(total, ONE))
    part = body.div(ONE, total)
    rest = body.sub(fused(body, body.neg(total), part, ONE), body.mul(lost, part))
    return fused(body, part, rest, part)


def _sigmoid(body: Body, x: Name) -> Name:
    e = _decay(body, x)
    if x.wide:
        part = _part(body, e)
        return body.choose(body.test("oge", x, ZERO), part, body.mul(e, part))
    return body.div(body.choose(body.test("oge", x, ZERO), ONE, e), body.add(ONE, e))


def _over_bell(body: Body, numerator: Name, e: Name) -> Name:
    return body.div(numerator, body.add(ONE, body.mul(e, body.add(TWO, e))))


def _bell(body: Body, x: Name) -> Name:
    e = _decay(body, x)
    if x.wide:
        part = _part(body, e)
        return body.mul(body.mul(e, part), part)
    return _over_bell(body, e, e)


def _softplus(body: Body, x: Name) -> Name:
    positive = body.choose(body.test("ogt", x, ZERO), x, ZERO)
    return body.add(positive, body.library("log1p", _decay(body, x)))


def _sech2(body: Body, x: Name) -> Name:
    size = body.intrinsic("fabs", x)
    e = body.library("exp", body.mul(constant(-2.0), size))
    tail = body.mul(TWO, body.library("exp", body.neg(size)))
    return body.choose(
        body.test("olt", e, constant(1e-30)), body.mul(tail, tail), _over_bell(body, body.mul(constant(4.0), e), e)
    )


def _relu(body: Body, x: Name) -> Name:
    return body.choose(body.test("ole", x, ZERO), ZERO, x)


def _leaky_relu(body: Body, x: Name, slope: Name) -> Name:
    right = body.both(body.test("ogt", x, ZERO), body.test("ord", slope, slope))
    return body.choose(right, x, body.mul(slope, x))


def _first(condition: str, other: str) -> Row:
    """`a if a >= b else b if b > a else NaN`, or the other way round."""

    def row(body: Body, a: Name, b: Name) -> Name:
        second = body.choose(body.test(other, b, a), b, NAN)
        return body.choose(body.test(condition, a, b), a, second)

    return row


def _larger(body: Body, a: Name, b: Name) -> Name:
    return body.choose(body.test("ogt", a, b), ONE, body.choose(body.test("ole", a, b), ZERO, NAN))


def _compare(body: Body, a: Name, b: Name) -> Name:
    below = body.choose(body.test("olt", a, b), constant(-1.0), body.choose(body.test("oeq", a, b), ZERO, NAN))
    return body.choose(body.test("ogt", a, b), ONE, below)


def _times_log(function: str) -> Row:
    """`0 if x == 0 and y is a number else x * log(y)`."""

    def row(body: Body, x: Name, y: Name) -> Name:
        nothing = body.both(body.test("oeq", x, ZERO), body.test("ord", y, y))
        return body.choose(nothing, ZERO, body.mul(x, body.library(function, y)))

    return row


def _inverse(body: Body, x: Name) -> Name:
    return body.choose(body.test("oge", x, ZERO), body.div(ONE, body.intrinsic("fabs", x)), NAN)


def _lorentz(body: Body, x: Name) -> Name:
    near = body.test("olt", body.intrinsic("fabs", x), constant(1e150))
    far = body.div(body.div(ONE, x), x)
    return body.choose(near, body.div(ONE, body.add(ONE, body.mul(x, x))), far)


def _one_minus_square(body: Body, x: Name) -> Name:
    near = body.test("olt", body.intrinsic("fabs", x), HALF)
    return body.choose(near, body.sub(ONE, body.mul(x, x)), body.mul(body.sub(ONE, x), body.add(ONE, x)))


def _turning(name: str) -> Row:
    """Sine and cosine, and with care where they are nearly 0 far away."""

    def row(body: Body, x: Name) -> Name:
        y = body.library(name, x)
        seen = body.test("ogt", body.intrinsic("fabs", y), constant(NEAR_ZERO))
        return body.seldom(_far(body, seen, x), y, ROWS[name], x)

    return row


def _far(body: Body, seen: Name, x: Name) -> Name:
    near = body.test("olt", body.intrinsic("fabs", x), constant(FAR))
    return _not(body, body.either(seen, near))


def _tan(body: Body, x: Name) -> Name:
    y = body.library("tan", x)
    return body.seldom(
        _far(body, _between(body, body.intrinsic("fabs", y), NEAR_ZERO, 1.0 / NEAR_ZERO), x), y, ROWS["tan"], x
    )


def _not(body: Body, x: Name) -> Name:
    ones = f"<{', '.join(['i1 true'] * WIDTH)}>" if x.wide else "true"
    return body.value(f"xor {truth(x)} {x.text}, {ones}", wide=x.wide)


def _between(body: Body, x: Name, low: float, high: float) -> Name:
    return body.both(body.test("ogt", x, constant(low)), body.test("olt", x, constant(high)))


def _pow(body: Body, a: Name, b: Name) -> Name:
    square = body.mul(a, a)
    if b.text == TWO.text:
        return square
    y = body.library("pow", a, b)
    if b.text.startswith("0x"):
        return NAN if b.text == NAN.text else y
    return body.choose(body.test("oeq", b, TWO), square, body.choose(body.test("uno", b, b), NAN, y))


def _over_square(body: Body, a: Name, b: Name) -> Name:
    y = body.div(body.div(a, b), b)
    size, divisor = body.intrinsic("fabs", y), body.intrinsic("fabs", b)
    usual = body.both(_between(body, size, LOW, HIGH), _between(body, divisor, LOW, HIGH))
    odd = body.both(
        body.test("olt", body.intrinsic("fabs", a), constant(math.inf)), _between(body, divisor, 0.0, math.inf)
    )
    nothing = body.both(body.test("oeq", a, ZERO), odd)  # also where it has a sign: +0.0
    y = body.choose(nothing, ZERO, y)
    rare = body.both(_not(body, body.either(usual, nothing)), odd)
    return body.seldom(rare, y, ROWS["over_square"], a, b)


def _pow_slope(body: Body, a: Name, b: Name) -> Name:
    c = body.sub(b, ONE)
    large = body.sub(body.sub(b, c), ONE)
    small = body.sub(b, body.add(c, ONE))
    size = body.intrinsic("fabs", b)
    lost = body.choose(body.test("oge", size, ONE), large, small)
    p = _pow(body, a, c)
    exact = body.mul(b, p)
    log = body.library("log", body.intrinsic("fabs", a))
    mended = body.mul(b, body.add(p, body.mul(p, body.mul(lost, log))))
    y = body.choose(body.test("oeq", lost, ZERO), exact, mended)
    usual = body.both(_between(body, body.intrinsic("fabs", p), LOW, HIGH), _between(body, size, LOW, 2.0**53))
    plain = body.either(body.test("oeq", b, ZERO), body.test("oeq", b, TWO))
    simple = body.choose(body.test("oeq", b, ZERO), ZERO, body.mul(TWO, a))
    y = body.choose(plain, simple, y)
    return body.seldom(_not(body, body.either(usual, plain)), y, ROWS["pow_slope"], a, b)


def _pow_log(body: Body, a: Name, b: Name) -> Name:
    y = _pow(body, a, b)
    usual = body.both(_between(body, y, LOW, HIGH), body.test("ogt", a, ZERO))
    return body.seldom(_not(body, usual), body.mul(y, body.library("log", a)), ROWS["pow_log"], a, b)


TABLE: dict[str, Row] = {
    "add": Body.add,
    "sub": Body.sub,
    "mul": Body.mul,
    "div": Body.div,
    "neg": Body.neg,
    "abs": lambda body, x: body.intrinsic("fabs", x),
    "sqrt": lambda body, x: body.intrinsic("sqrt", x),
    **{
        name: (lambda body, x, name=name: body.library(name, x))
        for name in ("exp", "expm1", "log", "log1p", "asin", "acos", "atan", "sinh", "cosh", "tanh")
    },
    "sin": _turning("sin"),
    "cos": _turning("cos"),
    "tan": _tan,
    "pow": _pow,
    "sigmoid": _sigmoid,
    "bell": _bell,
    "softplus": _softplus,
    "sech2": _sech2,
    "relu": _relu,
    "leaky_relu": _leaky_relu,
    "maximum": _first("oge", "ogt"),
    "minimum": _first("ole", "olt"),
    "step": lambda body, x: _larger(body, x, ZERO),
    "larger": _larger,
    "compare": _compare,
    "xlogy": _times_log("log"),
    "xlog1py": _times_log("log1p"),
    "inverse": _inverse,
    "lorentz": _lorentz,
    "one_minus_square": _one_minus_square,
    "over_square": _over_square,
    "pow_slope": _pow_slope,
    "pow_log": _pow_log,
}
"""All others call the function of the nodes."""


def lowered(body: Body, op: Op, args: Sequence[Name]) -> Name:
    """Write an operation, and return its result."""
    row = TABLE.get(op.name) if ROWS.get(op.name) is op else None
    return row(body, *args) if row else body.python(op, *args)
