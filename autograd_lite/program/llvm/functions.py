"""The functions that lanes have of their own: the exponential function, the logarithm, and others lane by lane."""

import math
import struct
from collections.abc import Sequence

from autograd_lite.program.llvm.body import VECTOR, WIDTH, Body, Name, constant, quoted

__all__ = ["fused", "vector_functions"]

ZERO, ONE, TWO, HALF, NAN = map(constant, (0.0, 1.0, 2.0, 0.5, math.nan))

LOG2_E = math.log2(math.e)
LN2_HIGH = 0.6931471803691238  # with 32 bits, so that its products with whole numbers up to 2**20 are exact
LN2_LOW = 1.9082149292705877e-10


def vector_functions(called: set[str]) -> list[str]:
    """Return the text of the lanes' functions that are called; adds to `called` what they call in their turn."""
    texts = []
    for name in sorted(called):
        if not name.endswith(".wide"):
            continue
        function = name.removesuffix(".wide")
        body = Body()
        if function == "exp":
            result = _wide_exp(body)
        elif function == "log":
            result = _wide_log(body)
        else:
            result = _lane_by_lane(body, function)
        arguments = ", ".join(f"{VECTOR} %{letter}" for letter in ("a", "b")[: 2 if function == "pow" else 1])
        texts += [
            f"define internal {VECTOR} @{quoted(name)}({arguments}) #1 {{",
            "entry:",
            *body.lines,
            f"  ret {VECTOR} {result.text}",
            "}",
        ]
        called |= body.called
    return texts


def _lane_by_lane(body: Body, function: str) -> Name:
    body.called.add(function)
    letters = ("a", "b")[: 2 if function == "pow" else 1]
    result = Name("poison", wide=True)
    for k in range(WIDTH):
        ones = [body.value(f"extractelement {VECTOR} %{x}, i32 {k}", wide=False) for x in letters]
        arguments = ", ".join(f"double {x.text}" for x in ones)
        one = body.value(f"call double @{quoted(function)}({arguments})", wide=False)
        result = body.value(f"insertelement {VECTOR} {result.text}, double {one.text}, i32 {k}", wide=True)
    return result


def fused(body: Body, a: Name, b: Name, c: Name) -> Name:
    """A * b + c, rounded once."""
    body.called.add(f"llvm.fma.v{WIDTH}f64")
    x, y, z = (body.splat(one).text for one in (a, b, c))
    return body.value(f"call {VECTOR} @llvm.fma.v{WIDTH}f64({VECTOR} {x}, {VECTOR} {y}, {VECTOR} {z})", wide=True)


def _polynomial(body: Body, x: Name, coefficients: Sequence[float]) -> Name:
    """The polynomial with these coefficients, the highest first (Horner's rule)."""
    result = body.splat(constant(coefficients[0]))
    for c in coefficients[1:]:
        result = fused(body, result, x, constant(c))
    return result


def _whole(body: Body, text: str) -> Name:
    return body.value(text, wide=True)


def _wide_exp(body: Body) -> Name:
    """e**x = 2**k * e**r with k the whole number nearest to x / ln 2, and |r| at most ln(2)/2: Taylor's polynomial.

    Below -746 it is 0, above 710 infinite. 2**k comes in two factors: it may be no float itself where e**x is one.
    """
    whole = f"<{WIDTH} x i64>"
    x = Name("%a", wide=True)
    odd = body.test("uno", x, x)
    inside = body.choose(odd, ZERO, x)
    inside = body.choose(body.test("olt", inside, constant(-746.0)), constant(-746.0), inside)
    inside = body.choose(body.test("ogt", inside, constant(710.0)), constant(710.0), inside)
    magic = constant(1.5 * 2.0**52)  # adding and taking it away rounds to a whole number
    k = body.sub(body.add(body.mul(inside, constant(LOG2_E)), magic), magic)
    r = fused(body, k, constant(-LN2_HIGH), inside)
    r = fused(body, k, constant(-LN2_LOW), r)
    tail = _polynomial(body, r, [1.0 / math.factorial(n) for n in range(13, 1, -1)])
    power = body.add(ONE, fused(body, body.mul(r, r), tail, r))
    number = _whole(body, f"fptosi {VECTOR} {k.text} to {whole}")
    half = _whole(body, f"ashr {whole} {number.text}, {_wholes(1)}")
    rest = _whole(body, f"sub {whole} {number.text}, {half.text}")
    for one in (half, rest):
        biased = _whole(body, f"add {whole} {one.text}, {_wholes(1023)}")
        shifted = _whole(body, f"shl {whole} {biased.text}, {_wholes(52)}")
        power = body.mul(power, _whole(body, f"bitcast {whole} {shifted.text} to {VECTOR}"))
    return body.choose(odd, x, power)


def _wholes(x: int) -> str:
    return f"<{', '.join([f'i64 {x}'] * WIDTH)}>"


def _wide_log(body: Body) -> Name:
    """log(x) = k ln 2 + log(1 + f), with 1 + f between sqrt(1/2) and sqrt(2), and x = 2**k (1 + f).

    With s = f / (2 + f), log(1 + f) is 2 atanh(s) = 2 s (1 + s**2/3 + s**4/5 + ...); f - s f = 2 s takes the first
    term exactly from f.
    """
    whole = f"<{WIDTH} x i64>"
    x = Name("%a", wide=True)
    small = body.test("olt", x, constant(2.0**-1022))
    scaled = body.choose(small, body.mul(x, constant(2.0**54)), x)
    bits = _whole(body, f"bitcast {VECTOR} {scaled.text} to {whole}")
    root = struct.unpack("<q", struct.pack("<d", math.sqrt(0.5)))[0]
    offset = _whole(body, f"sub {whole} {bits.text}, {_wholes(root)}")
    exponent = _whole(body, f"ashr {whole} {offset.text}, {_wholes(52)}")
    moved = _whole(body, f"shl {whole} {exponent.text}, {_wholes(52)}")
    mantissa = _whole(body, f"sub {whole} {bits.text}, {moved.text}")
    m = _whole(body, f"bitcast {whole} {mantissa.text} to {VECTOR}")
    k = _whole(body, f"sitofp {whole} {exponent.text} to {VECTOR}")
    k = body.sub(k, body.choose(small, constant(54.0), ZERO))
    f = body.sub(m, ONE)
    s = body.div(f, body.add(TWO, f))
    square = body.mul(s, s)
    rest = body.mul(square, _polynomial(body, square, [2.0 / n for n in range(25, 1, -2)]))
    half = body.mul(body.mul(HALF, f), f)
    low = fused(body, k, constant(LN2_LOW), body.mul(s, body.add(half, rest)))
    y = body.sub(body.mul(k, constant(LN2_HIGH)), body.sub(body.sub(half, low), f))
    y = body.choose(body.test("oeq", x, constant(math.inf)), x, y)
    y = body.choose(body.test("oeq", x, ZERO), constant(-math.inf), y)
    return body.choose(body.either(body.test("olt", x, ZERO), body.test("uno", x, x)), NAN, y)
