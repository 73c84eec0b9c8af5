"""The language LLVM: each operation as instructions of its assembly language, for one number or for several at once.

What the nodes compute with plain arithmetic and the C library's functions is written so that it gives the same floats.
Where they take more care (a slope whose parts over- or underflow, a zero of sine far away), what is written covers the
common case, and the rest calls the function of the nodes itself, as it does for operations of the user's.

Several numbers at once, in lanes, have an exponential function and a logarithm of their own, both within one unit in
the last place; other functions of the C library are called lane by lane.
"""

import math
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from autograd_lite.engine.ieee import FAR, HIGH, LOW, NEAR_ZERO
from autograd_lite.engine.operation import ROWS
from autograd_lite.engine.ops import Op

__all__ = ["LIBRARY", "SCALAR", "WIDTH", "Body", "Name", "constant", "lowered", "vector_functions"]

WIDTH = 8
"""The number of lanes; a processor with shorter registers takes two for them. It is the same everywhere, so that sums
over rows of data are too."""
SCALAR, VECTOR = "double", f"<{WIDTH} x double>"
LIBRARY = ("exp", "expm1", "log", "log1p", "sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh", "pow")
"""The functions of the C library that are called; they are those which Python's `math` calls."""


@dataclass(frozen=True, slots=True)
class Name:
    """A result in the assembly language: what it is called, and whether it has lanes."""

    text: str
    wide: bool = False

    @property
    def type(self) -> str:
        """Its type."""
        return VECTOR if self.wide else SCALAR


def constant(x: float) -> Name:
    """Return a constant, given by its bits."""
    return Name(f"0x{struct.unpack('<Q', struct.pack('<d', x))[0]:016X}")


@dataclass
class Body:
    """The text of a function as it is written."""

    lines: list[str] = field(default_factory=list)
    called: set[str] = field(default_factory=set)
    """The functions of the C library that it calls, with ".wide" for the lanes' own."""
    foreign: dict[str, Op] = field(default_factory=dict)
    """The operations whose function it calls, by the name of that in the text."""
    count: int = 0

    def new(self) -> str:
        """A name that nothing else has."""
        self.count += 1
        return f"%v{self.count}"

    def line(self, text: str) -> None:
        """Write a line."""
        self.lines.append(f"  {text}")

    def block(self, name: str) -> None:
        """Begin a block."""
        self.lines.append(f"{name}:")

    def value(self, text: str, *, wide: bool) -> Name:
        """Write a calculation, and return its result."""
        name = self.new()
        self.line(f"{name} = {text}")
        return Name(name, wide)

    # --- lanes ---

    def splat(self, x: Name) -> Name:
        """The number in every lane."""
        if x.wide:
            return x
        if x.text.startswith("0x"):
            return Name(f"<{', '.join([f'double {x.text}'] * WIDTH)}>", wide=True)
        one = self.value(f"insertelement {VECTOR} poison, double {x.text}, i32 0", wide=True)
        mask = f"<{WIDTH} x i32> zeroinitializer"
        return self.value(f"shufflevector {VECTOR} {one.text}, {VECTOR} poison, {mask}", wide=True)

    def _alike(self, *xs: Name) -> tuple[list[str], bool]:
        wide = any(x.wide for x in xs)
        return [(self.splat(x) if wide else x).text for x in xs], wide

    # --- arithmetic ---

    def binary(self, kind: str, a: Name, b: Name) -> Name:
        """An operation of the processor: fadd, fsub, fmul, fdiv."""
        (x, y), wide = self._alike(a, b)
        return self.value(f"{kind} {VECTOR if wide else SCALAR} {x}, {y}", wide=wide)

    def add(self, a: Name, b: Name) -> Name:
        """A + b."""
        return self.binary("fadd", a, b)

    def sub(self, a: Name, b: Name) -> Name:
        """A - b."""
        return self.binary("fsub", a, b)

    def mul(self, a: Name, b: Name) -> Name:
        """A * b."""
        return self.binary("fmul", a, b)

    def div(self, a: Name, b: Name) -> Name:
        """A / b, as IEEE 754 has it."""
        return self.binary("fdiv", a, b)

    def neg(self, x: Name) -> Name:
        """-x."""
        return self.value(f"fneg {x.type} {x.text}", wide=x.wide)

    def intrinsic(self, name: str, x: Name) -> Name:
        """A function of one number that the processor has: fabs, sqrt."""
        kind = f"v{WIDTH}f64" if x.wide else "f64"
        self.called.add(f"llvm.{name}.{kind}")
        return self.value(f"call {x.type} @llvm.{name}.{kind}({x.type} {x.text})", wide=x.wide)

    def test(self, condition: str, a: Name, b: Name) -> "Name":
        """A comparison, such as "olt"; "uno" asks whether one is NaN."""
        (x, y), wide = self._alike(a, b)
        return self.value(f"fcmp {condition} {VECTOR if wide else SCALAR} {x}, {y}", wide=wide)

    def both(self, a: Name, b: Name, kind: str = "and") -> Name:
        """Two truths joined."""
        if a.wide != b.wide:
            a, b = self._truths(a), self._truths(b)
        return self.value(f"{kind} {_truth(a)} {a.text}, {b.text}", wide=a.wide)

    def either(self, a: Name, b: Name) -> Name:
        """Whether one of two is so."""
        return self.both(a, b, "or")

    def _truths(self, x: Name) -> Name:
        if x.wide:
            return x
        one = self.value(f"insertelement <{WIDTH} x i1> poison, i1 {x.text}, i32 0", wide=True)
        mask = f"<{WIDTH} x i32> zeroinitializer"
        return self.value(f"shufflevector <{WIDTH} x i1> {one.text}, <{WIDTH} x i1> poison, {mask}", wide=True)

    def choose(self, condition: Name, a: Name, b: Name) -> Name:
        """`a` where the condition holds, else `b`."""
        (x, y), wide = self._alike(a, b)
        if condition.wide and not wide:
            x, y, wide = self.splat(a).text, self.splat(b).text, True
        kind = VECTOR if wide else SCALAR
        truth = f"<{WIDTH} x i1>" if condition.wide else "i1"
        return self.value(f"select {truth} {condition.text}, {kind} {x}, {kind} {y}", wide=wide)

    # --- functions ---

    def library(self, name: str, *xs: Name) -> Name:
        """A function of the C library, or the lanes' own."""
        texts, wide = self._alike(*xs)
        kind = VECTOR if wide else SCALAR
        full = f"{name}.wide" if wide else name
        self.called.add(full)
        return self.value(f"call {kind} @{_quoted(full)}({', '.join(f'{kind} {x}' for x in texts)})", wide=wide)

    def python(self, op: Op, *xs: Name) -> Name:
        """The function of the nodes, called lane by lane."""
        name = next((key for key, known in self.foreign.items() if known is op), f"python.{len(self.foreign)}")
        self.foreign[name] = op
        texts, wide = self._alike(*xs)
        if not wide:
            return self._called(name, texts)
        result = Name("poison", wide=True)
        for k in range(WIDTH):
            ones = [self.value(f"extractelement {VECTOR} {x}, i32 {k}", wide=False).text for x in texts]
            one = self._called(name, ones)
            result = self.value(f"insertelement {VECTOR} {result.text}, double {one.text}, i32 {k}", wide=True)
        return result

    def _called(self, name: str, texts: Sequence[str]) -> Name:
        return self.value(f"call double @{_quoted(name)}({', '.join(f'double {x}' for x in texts)})", wide=False)

    def seldom(self, rare: Name, common: Name, op: Op, *xs: Name) -> Name:
        """`common`, but the function of the nodes where `rare` holds."""
        if rare.wide:
            bits = self.value(f"bitcast <{WIDTH} x i1> {rare.text} to i{WIDTH}", wide=False)
            test = self.value(f"icmp ne i{WIDTH} {bits.text}, 0", wide=False)
        else:
            test = rare
        self.count += 1
        here, care, on = (f"{name}{self.count}" for name in ("here", "care", "on"))
        self.line(f"br label %{here}")
        self.block(here)
        self.line(f"br i1 {test.text}, label %{care}, label %{on}, !prof !0")
        self.block(care)
        careful = self.python(op, *xs)
        careful = self.choose(rare, careful, common)
        self.line(f"br label %{on}")
        self.block(on)
        kind = careful.type
        return self.value(f"phi {kind} [ {careful.text}, %{care} ], [ {common.text}, %{here} ]", wide=careful.wide)


def _truth(x: Name) -> str:
    return f"<{WIDTH} x i1>" if x.wide else "i1"


def _quoted(name: str) -> str:
    return f'"al.{name}"'


# --- the table ------------------------------------------------------------------------------------------------------

ZERO, ONE, TWO, HALF, NAN = map(constant, (0.0, 1.0, 2.0, 0.5, math.nan))
Row = Callable[..., Name]


def _decay(body: Body, x: Name) -> Name:
    """e**-|x|, which never overflows."""
    return body.library("exp", body.neg(body.intrinsic("fabs", x)))


def _sigmoid(body: Body, x: Name) -> Name:
    e = _decay(body, x)
    return body.div(body.choose(body.test("oge", x, ZERO), ONE, e), body.add(ONE, e))


def _over_bell(body: Body, numerator: Name, e: Name) -> Name:
    return body.div(numerator, body.add(ONE, body.mul(e, body.add(TWO, e))))


def _bell(body: Body, x: Name) -> Name:
    e = _decay(body, x)
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
    return body.value(f"xor {_truth(x)} {x.text}, {ones}", wide=x.wide)


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


# --- the lanes' own functions ---------------------------------------------------------------------------------------

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
            f"define internal {VECTOR} @{_quoted(name)}({arguments}) #1 {{",
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
        one = body.value(f"call double @{_quoted(function)}({arguments})", wide=False)
        result = body.value(f"insertelement {VECTOR} {result.text}, double {one.text}, i32 {k}", wide=True)
    return result


def _fused(body: Body, a: Name, b: Name, c: Name) -> Name:
    """A * b + c, rounded once."""
    body.called.add(f"llvm.fma.v{WIDTH}f64")
    x, y, z = (body.splat(one).text for one in (a, b, c))
    return body.value(f"call {VECTOR} @llvm.fma.v{WIDTH}f64({VECTOR} {x}, {VECTOR} {y}, {VECTOR} {z})", wide=True)


def _polynomial(body: Body, x: Name, coefficients: Sequence[float]) -> Name:
    """The polynomial with these coefficients, the highest first (Horner's rule)."""
    result = body.splat(constant(coefficients[0]))
    for c in coefficients[1:]:
        result = _fused(body, result, x, constant(c))
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
    r = _fused(body, k, constant(-LN2_HIGH), inside)
    r = _fused(body, k, constant(-LN2_LOW), r)
    tail = _polynomial(body, r, [1.0 / math.factorial(n) for n in range(13, 1, -1)])
    power = body.add(ONE, _fused(body, body.mul(r, r), tail, r))
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
    low = _fused(body, k, constant(LN2_LOW), body.mul(s, body.add(half, rest)))
    y = body.sub(body.mul(k, constant(LN2_HIGH)), body.sub(body.sub(half, low), f))
    y = body.choose(body.test("oeq", x, constant(math.inf)), x, y)
    y = body.choose(body.test("oeq", x, ZERO), constant(-math.inf), y)
    return body.choose(body.either(body.test("olt", x, ZERO), body.test("uno", x, x)), NAN, y)
