"""The derivative table: one row an operation, and everything else derives from the row."""
# mypy: disable-error-code="has-type"
# (a row's slopes may name rows further down)

import math
import numbers
import operator
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

__all__ = [
    "HELPERS",
    "OPS",
    "Interval",
    "Op",
    "absolute",
    "acos",
    "add",
    "asin",
    "atan",
    "compare",
    "cos",
    "cosh",
    "div",
    "exp",
    "expm1",
    "leaky_relu",
    "log",
    "log1p",
    "maximum",
    "minimum",
    "mul",
    "neg",
    "number",
    "power",
    "relu",
    "sigmoid",
    "sin",
    "sinh",
    "softplus",
    "sqrt",
    "step",
    "sub",
    "tan",
    "tanh",
    "xlog1py",
    "xlogy",
]

Interval = tuple[float, float]
"""An open interval `(low, high)` of the real line."""

INF, NAN = math.inf, math.nan
_NOTHING: Any = object()  # no second argument
ANY: Interval = (-INF, INF)
POSITIVE: Interval = (0.0, INF)


def number(x: object) -> float:
    """Return `x` as a float: Python and NumPy numbers, anything scalar with `__float__`.

    Raises `TypeError` for what is not a real number (text, None, complex, a list...), and
    `OverflowError` for an int beyond the largest float, 1.8e308.
    """
    if type(x) is float:
        return x
    if type(x) is not int and not _is_number(x):
        shown = f" {_short(x)}" if isinstance(x, (str, bytes, complex)) else ""
        remedy = "; the number in it is its .data" if hasattr(x, "_record") else ""
        raise TypeError(
            "expected a real number (int, float, NumPy scalar, Fraction, Decimal), "
            f"got {type(x).__name__}{shown}{remedy}"
        )
    try:
        return float(x)  # type: ignore[arg-type]  # an int, or what _is_number has looked at
    except OverflowError:
        raise OverflowError(
            f"this {type(x).__name__} is beyond the largest float, 1.797e+308; scale the data, or pass math.inf"
        ) from None


def _is_number(x: object) -> bool:
    if isinstance(x, numbers.Real):
        return True
    if hasattr(x, "__float__") and getattr(x, "shape", None) == ():  # a scalar of NumPy, PyTorch, ...
        return getattr(getattr(x, "dtype", None), "kind", "f") in "biuf"
    return type(x).__name__ == "Decimal" and type(x).__module__ == "decimal"


def _short(x: object) -> str:
    text = repr(x)
    return text if len(text) <= 40 else text[:37] + "..."


@dataclass(frozen=True, slots=True, eq=False)
class Op:
    """One scalar operation: its value, its slopes and how to write it down.

    Called with numbers it returns a float, called with at least one node it returns a node, so every row of the
    table is at the same time the function of the package: `sigmoid(0.3)`, `sigmoid(v)`.

    `partials(y, *args)` gives the slope of the output `y` along the argument (one argument) or along each (two, a
    pair). Floats in, floats out; nodes in, nodes out, which makes derivatives of any order. So there is never an
    `if` on an argument in it: a recorded graph would freeze the branch that was taken. `step` and `compare` branch.
    """

    name: str
    fn: Callable[..., float]
    partials: Callable[..., Any]
    python: str
    """Template of the formula: `{0:2}` is argument 0, in brackets if it binds looser than 2."""
    latex: str
    binds: int = 9
    """How tightly the formula holds together: 1 sum, 2 product, 3 minus sign, 4 power, 9 call."""
    label: str = ""
    """What diagrams show; the name when empty."""
    domain: tuple[Interval, ...] = (ANY,)
    """Open interval per argument on which the value is defined (a kink inside it is listed in `kinks`)."""
    kinks: tuple[float, ...] = ()
    """Where the slope jumps: points of the argument, or for two arguments of their difference."""
    note: str = ""
    """Convention at kinks and edges, and whose it is."""
    written: Callable[..., Any] | None = None
    """The slopes as people write them, called like `partials`, where those are another form for the sake of accuracy.

    Formulas show these; no number comes from them.
    """

    @property
    def symbol(self) -> str:
        """What diagrams show for the operation."""
        return self.label or self.name

    @property
    def arity(self) -> int:
        """Number of arguments, 1 or 2."""
        return len(self.domain)

    def __call__(self, x: Any, y: Any = _NOTHING, /) -> Any:
        """Apply to numbers (float out) or to nodes (node out)."""
        if y is _NOTHING and len(self.domain) == 1:
            if type(x) is float:
                return self.fn(x)
            record = getattr(x, "_record", None)
            return self.fn(number(x)) if record is None else record(self, x)
        if y is _NOTHING or len(self.domain) == 1:
            raise TypeError(
                f"{self.name}() takes {'one argument, got 2' if self.arity == 1 else '2 arguments, got one'}"
            )
        if type(x) is float and type(y) is float:
            return self.fn(x, y)
        record = getattr(x, "_record", None) or getattr(y, "_record", None)
        return self.fn(number(x), number(y)) if record is None else record(self, x, y)

    def __repr__(self) -> str:
        names = ("x",) if self.arity == 1 else ("x", "y")
        return f"<operation {self.name}({', '.join(names)})>"

    def __reduce__(self) -> str | tuple[Any, ...]:
        """A row is pickled as its name, and is the same object when read back."""
        return _row, (self.name,)


def _row(name: str) -> Op:
    try:
        return OPS.get(name) or HELPERS[name]
    except KeyError:
        raise ValueError(f"no operation named {_short(name)} in this version of autograd_lite") from None


# --- values: IEEE 754 results where Python would raise, NaN outside the domain, never a complex number -------------


def _div(a: float, b: float) -> float:
    try:
        return a / b
    except ZeroDivisionError:
        return NAN if a == 0.0 or a != a else math.copysign(INF, a) * math.copysign(1.0, b)


def _pow(a: float, b: float) -> float:
    if b != b:
        return NAN  # C99 has 1**NaN = 1; here a NaN is never hidden
    try:
        return math.pow(a, b)
    except OverflowError:
        return -INF if a < 0.0 and b % 2.0 == 1.0 else INF
    except ValueError:  # zero to a negative power is a pole; a negative base with a fraction as exponent has no value
        if a != 0.0:
            return NAN
        return math.copysign(INF, a) if b % 2.0 == 1.0 else INF


def _exp(x: float) -> float:
    try:
        return math.exp(x)
    except OverflowError:
        return INF


def _expm1(x: float) -> float:
    try:
        return math.expm1(x)
    except OverflowError:
        return INF


def _log(x: float) -> float:
    try:
        return math.log(x)
    except ValueError:
        return -INF if x == 0.0 else NAN


def _log1p(x: float) -> float:
    try:
        return math.log1p(x)
    except ValueError:
        return -INF if x == -1.0 else NAN


def _cosh(x: float) -> float:
    try:
        return math.cosh(x)
    except OverflowError:
        return INF


def _sinh(x: float) -> float:
    try:
        return math.sinh(x)
    except OverflowError:
        return math.copysign(INF, x)


def _or_nan(f: Callable[[float], float]) -> Callable[[float], float]:
    """`f`, but NaN where the `math` function raises: outside its domain."""

    def inside(x: float) -> float:
        try:
            return f(x)
        except ValueError:
            return NAN

    return inside


def _sigmoid(x: float) -> float:
    if x >= 0.0:
        return 1.0 / (1.0 + math.exp(-x))
    e = math.exp(x)  # for negative x the form above overflows
    return e / (1.0 + e)


def _softplus(x: float) -> float:
    return (x if x > 0.0 else 0.0) + math.log1p(math.exp(-abs(x)))


def _compare(a: float, b: float) -> float:
    return float((a > b) - (a < b)) if a == a and b == b else NAN


def _xlogy(x: float, y: float) -> float:
    return 0.0 if x == 0.0 and y == y else x * _log(y)


def _xlog1py(x: float, y: float) -> float:
    return 0.0 if x == 0.0 and y == y else x * _log1p(y)


def _inverse(x: float) -> float:
    return _div(1.0, abs(x)) if x >= 0.0 else NAN


def _lorentz(x: float) -> float:
    h = math.hypot(1.0, x)  # 1 + x*x would overflow where 1/(1 + x*x) is still above zero
    return 1.0 / h / h


def _lowered(b: float) -> float:
    if b == 0.0:
        return 0.0
    lower = b - 1.0
    if lower.is_integer() and not b.is_integer():  # a tiny b must not round to a whole exponent: (-1)**b is NaN
        return math.nextafter(lower, math.copysign(2.0, b) - 2.0)
    return lower


def _flat(y: Any) -> float:
    """Slope 0, but NaN beside a NaN value; the constant 0 in a graph, so that it leaves no nodes behind."""
    return 0.0 if type(y) is not float or y == y else NAN


def _is_zero(x: Any) -> Any:
    """1 where x is zero, else 0."""
    return 1.0 - absolute(compare(x, 0.0))


_PYTORCH = "as PyTorch"
_LIMIT = "limit from inside the domain"

# --- the table -----------------------------------------------------------------------------------------------------
# A table reads by its columns:
# fmt: off

add = Op("add", operator.add, lambda y, a, b: (1.0, 1.0),
         "{0:1} + {1:2}", "{0:1} + {1:2}", 1, "+", (ANY, ANY))
sub = Op("sub", operator.sub, lambda y, a, b: (1.0, -1.0),
         "{0:1} - {1:2}", "{0:1} - {1:2}", 1, "−", (ANY, ANY))
mul = Op("mul", operator.mul, lambda y, a, b: (b, a),
         "{0:2} * {1:3}", r"{0:2} \cdot {1:3}", 2, "×", (ANY, ANY))
div = Op("div", _div,         lambda y, a, b: (div(1.0, b), div(-y, b)),
         "{0:2} / {1:3}", r"\frac{{{0}}}{{{1}}}", 2, "÷", (ANY, POSITIVE),
         note="x/0 is a signed infinity, 0/0 is NaN (IEEE 754); slope -(a/b)/b, since a/b**2 over- and underflows",
         written=lambda y, a, b: (div(1.0, b), -div(a, power(b, 2.0))))
neg = Op("neg", operator.neg, lambda y, x: -1.0,
         "-{0:3}", "-{0:3}", 3, "−")
power = Op("pow", _pow,       lambda y, a, b: (b * power(a, lowered(b)), y * log_base(a, b)),
         "{0:5} ** {1:3}", "{{{0:5}}}^{{{1}}}", 4, "^", (POSITIVE, ANY),
         note="0**0 is 1 with slope 0, and 0**b has slope 0 along b >= 0; a negative base with a fraction as exponent "
              "is NaN (C99 pow, PyTorch)",
         written=lambda y, a, b: (b * power(a, b - 1.0), y * log(a)))

exp   = Op("exp",   _exp,   lambda y, x: y,              "exp({0})",   r"e^{{{0}}}")
expm1 = Op("expm1", _expm1, lambda y, x: exp(x),         "expm1({0})", r"\left(e^{{{0}}} - 1\right)")
log   = Op("log",   _log,   lambda y, x: inverse(x),     "log({0})",   r"\ln\left({0}\right)", domain=(POSITIVE,),
           note="log(0) is -inf with slope +inf, also at -0.0; NaN with slope NaN below (" + _LIMIT + ")",
           written=lambda y, x: div(1.0, x))
log1p = Op("log1p", _log1p, lambda y, x: inverse(1.0 + x), "log1p({0})", r"\ln\left(1 + {0:2}\right)",
           domain=((-1.0, INF),), note=_LIMIT + " at -1: slope +inf", written=lambda y, x: div(1.0, 1.0 + x))
sqrt  = Op("sqrt",  _or_nan(math.sqrt), lambda y, x: div(0.5, absolute(y)),
           "sqrt({0})", r"\sqrt{{{0}}}", label="√", domain=(POSITIVE,), note=_LIMIT + " at 0: slope +inf, also at -0.0",
           written=lambda y, x: div(1.0, 2.0 * y))

sin  = Op("sin",  _or_nan(math.sin),  lambda y, x: cos(x),                              "sin({0})",  r"\sin\left({0}\right)")
cos  = Op("cos",  _or_nan(math.cos),  lambda y, x: -sin(x),                             "cos({0})",  r"\cos\left({0}\right)")
tan  = Op("tan",  _or_nan(math.tan),  lambda y, x: 1.0 + y * y,                         "tan({0})",  r"\tan\left({0}\right)",
          written=lambda y, x: 1.0 + power(y, 2.0))
asin = Op("asin", _or_nan(math.asin), lambda y, x: div(1.0, sqrt((1.0 - x) * (1.0 + x))),  "asin({0})", r"\arcsin\left({0}\right)",
          domain=((-1.0, 1.0),), note=_LIMIT + " at -1 and 1: slope +inf",
          written=lambda y, x: div(1.0, sqrt(1.0 - power(x, 2.0))))
acos = Op("acos", _or_nan(math.acos), lambda y, x: div(-1.0, sqrt((1.0 - x) * (1.0 + x))), "acos({0})", r"\arccos\left({0}\right)",
          domain=((-1.0, 1.0),), note=_LIMIT + " at -1 and 1: slope -inf",
          written=lambda y, x: div(-1.0, sqrt(1.0 - power(x, 2.0))))
atan = Op("atan", math.atan,          lambda y, x: lorentz(x),                          "atan({0})", r"\arctan\left({0}\right)",
          written=lambda y, x: div(1.0, 1.0 + power(x, 2.0)))
sinh = Op("sinh", _sinh,              lambda y, x: cosh(x),                             "sinh({0})", r"\sinh\left({0}\right)")
cosh = Op("cosh", _cosh,              lambda y, x: sinh(x),                             "cosh({0})", r"\cosh\left({0}\right)")
tanh = Op("tanh", math.tanh,          lambda y, x: div(1.0, cosh(x)) * div(1.0, cosh(x)), "tanh({0})", r"\tanh\left({0}\right)",
          note="slope 1/cosh(x)**2, accurate in both tails where 1 - tanh(x)**2 is 0",
          written=lambda y, x: 1.0 - power(y, 2.0))

sigmoid  = Op("sigmoid",  _sigmoid,  lambda y, x: y * sigmoid(-x), "sigmoid({0})",  r"\sigma\left({0}\right)", label="σ",
              note="slope s(x)*s(-x), accurate in both tails where y*(1 - y) is 0",
              written=lambda y, x: y * (1.0 - y))
softplus = Op("softplus", _softplus, lambda y, x: sigmoid(x),      "softplus({0})", r"\operatorname{{softplus}}\left({0}\right)")
relu     = Op("relu", lambda x: 0.0 if x <= 0.0 else x, lambda y, x: step(x),
              "relu({0})", r"\operatorname{{relu}}\left({0}\right)", label="ReLU", kinks=(0.0,),
              note="slope 0 at the kink: least-norm sub-gradient (" + _PYTORCH + ", JAX)")
leaky_relu = Op("leaky_relu", lambda x, slope: x if x > 0.0 and slope == slope else slope * x,
                lambda y, x, slope: (step(x) + slope * (1.0 - step(x)), minimum(x, 0.0)),
                "leaky_relu({0}, {1})", r"\operatorname{{leaky\_relu}}\left({0}, {1}\right)", label="leaky ReLU",
                domain=(ANY, ANY), kinks=(0.0,), note="slope of the left side at the kink (" + _PYTORCH + ")")
absolute = Op("abs", abs, lambda y, x: compare(x, 0.0), "abs({0})", r"\left|{0}\right|", label="|x|", kinks=(0.0,),
              note="slope 0 at the kink: least-norm sub-gradient (" + _PYTORCH + "; JAX has 1)")
maximum = Op("maximum", lambda a, b: a if a >= b else b if b > a else NAN,
             lambda y, a, b: (0.5 + 0.5 * compare(a, b), 0.5 - 0.5 * compare(a, b)),
             "maximum({0}, {1})", r"\max\left({0}, {1}\right)", label="max", domain=(ANY, ANY), kinks=(0.0,),
             note="a tie splits the slope evenly (" + _PYTORCH + ", JAX); NaN wins")
minimum = Op("minimum", lambda a, b: a if a <= b else b if b < a else NAN,
             lambda y, a, b: (0.5 - 0.5 * compare(a, b), 0.5 + 0.5 * compare(a, b)),
             "minimum({0}, {1})", r"\min\left({0}, {1}\right)", label="min", domain=(ANY, ANY), kinks=(0.0,),
             note="a tie splits the slope evenly (" + _PYTORCH + ", JAX); NaN wins")
step = Op("step", lambda x: 1.0 if x > 0.0 else 0.0 if x <= 0.0 else NAN, lambda y, x: _flat(y),
          "step({0})", r"\operatorname{{step}}\left({0}\right)", kinks=(0.0,),
          note="step(0) is 0; slope 0 everywhere, also at the jump (" + _PYTORCH + "'s heaviside is given no slope)")
compare = Op("compare", _compare, lambda y, a, b: (_flat(y), _flat(y)),
             "compare({0}, {1})", r"\operatorname{{sgn}}\left({0:1} - {1:2}\right)", label="sgn", domain=(ANY, ANY), kinks=(0.0,),
             note="the sign of a - b without the subtraction: -1, 0 or 1; slope 0 everywhere (torch.sign)")
xlogy = Op("xlogy", _xlogy, lambda y, a, b: (log(b), a * inverse(b + _is_zero(a))),
           "xlogy({0}, {1})", r"{0:2} \cdot \ln\left({1}\right)", label="x·log y", domain=(ANY, POSITIVE),
           note="0 where x is 0, as for entropies (scipy.special.xlogy)",
           written=lambda y, a, b: (log(b), div(a, b)))
xlog1py = Op("xlog1py", _xlog1py, lambda y, a, b: (log1p(b), a * inverse(1.0 + (b + _is_zero(a)))),
             "xlog1py({0}, {1})", r"{0:2} \cdot \ln\left(1 + {1:2}\right)", label="x·log1p y", domain=(ANY, (-1.0, INF)),
             note="0 where x is 0 (scipy.special.xlog1py)", written=lambda y, a, b: (log1p(b), div(a, 1.0 + b)))

# Slopes that are operations of their own: a plain formula of the rows above would be wrong at an edge.
inverse  = Op("inverse", _inverse, lambda y, x: -y * y,
              "1 / {0:3}", r"\frac{{1}}{{{0}}}", 2, "1/x", (POSITIVE,),
              note="slope of log: +inf at 0 and at -0.0, NaN below, where 1/x would go on as if nothing had happened",
              written=lambda y, x: div(-1.0, power(x, 2.0)))
lorentz  = Op("lorentz", _lorentz, lambda y, x: -2.0 * x * y * y,
              "1 / (1 + {0:5} ** 2)", r"\frac{{1}}{{1 + {{{0:5}}}^2}}", 2, "1/(1+x²)", note="slope of atan",
              written=lambda y, x: div(-2.0 * x, power(1.0 + power(x, 2.0), 2.0)))
log_base = Op("log_base", lambda a, b: 0.0 if a == 0.0 and b >= 0.0 else _log(a), lambda y, a, b: (inverse(a), 0.0),
              "log({0})", r"\ln\left({0}\right)", 9, "log", (POSITIVE, ANY),
              note="the log in the slope of a**b along b; 0 at a = 0, b >= 0, so that the slope there is 0, not 0*inf",
              written=lambda y, a, b: (div(1.0, a), 0.0))
lowered  = Op("lowered", _lowered, lambda y, b: 1.0,
              "{0:1} - 1", "{0:1} - 1", 1, "−1",
              note="the exponent in the slope of a**b along a; 0 at b = 0, so that the slope there is 0, not 0*inf")
# fmt: on

OPS: dict[str, Op] = {
    op.name: op
    for op in (
        *(add, sub, mul, div, neg, power),
        *(exp, expm1, log, log1p, sqrt, sin, cos, tan, asin, acos, atan, sinh, cosh, tanh),
        *(sigmoid, softplus, relu, leaky_relu, absolute, maximum, minimum, step, compare, xlogy, xlog1py),
    )
}
"""The table, by name, in the order of definition."""

HELPERS: dict[str, Op] = {op.name: op for op in (inverse, lorentz, log_base, lowered)}
"""Rows that only slopes use."""
