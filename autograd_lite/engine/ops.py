"""The derivative table: one row an operation, and everything else derives from the row."""
# mypy: disable-error-code="has-type"
# (a row's slopes may name rows further down)

import importlib
import math
import operator
import pickle
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from autograd_lite.engine import ieee
from autograd_lite.engine.arrays import elementwise, is_many
from autograd_lite.engine.ieee import INF, NAN, number, short

__all__ = [
    "HELPERS",
    "OPS",
    "OWN",
    "Interval",
    "Op",
    "Side",
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
    "floor_divide",
    "leaky_relu",
    "log",
    "log1p",
    "maximum",
    "minimum",
    "mod",
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

Side = tuple[float, bool]
"""On which side of an operation's kinks a point is: the number of the smooth piece, which never falls, or never rises,
along an argument; and whether the point is at a kink."""

_NOTHING: Any = object()  # no second argument
ANY: Interval = (-INF, INF)
POSITIVE: Interval = (0.0, INF)


@dataclass(frozen=True, slots=True, eq=False)
class Op:
    """One scalar operation: its value, its slopes and how to write it down.

    Called with numbers it returns a float, called with at least one node it returns a node, so every row of the
    table is at the same time the function of the package: `sigmoid(0.3)`, `sigmoid(v)`; of arrays and lists it is
    taken element by element.

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
    kinks: tuple[float, ...] | Callable[[float, float], Side] = ()
    """Where the value or a slope jumps: points of the first argument; or, if the other one matters, a function of both
    that tells the side."""
    default: float | None = None
    """The second argument of a call that has only one; None if both must be given."""
    note: str = ""
    """Convention at kinks and edges, and whose it is."""
    written: Callable[..., Any] | None = None
    """The slopes as people write them, called like `partials`, where those are another form for the sake of accuracy.

    Formulas show these; no number comes from them.
    """
    definition: Callable[..., Any] | None = None
    """What it is in other operations: that of an operation of one's own which was made by it."""

    @property
    def symbol(self) -> str:
        """What diagrams show for the operation."""
        return self.label or self.name

    @property
    def arity(self) -> int:
        """Number of arguments, 1 or 2."""
        return len(self.domain)

    def side(self, *args: float) -> Side:
        """On which side of the kinks a point is."""
        if callable(self.kinks):
            return self.kinks(*args)
        return sum(args[0] > kink for kink in self.kinks), args[0] in self.kinks

    def __call__(self, x: Any, y: Any = _NOTHING, /) -> Any:
        """Apply to numbers (float out), to nodes (node out), or to each element of arrays and lists (the same out)."""
        if y is _NOTHING:
            if len(self.domain) == 1:
                if type(x) is float:
                    return self.fn(x)
                record = getattr(x, "_record", None)
                if record is not None:
                    return record(self, x)
                return elementwise(self, x) if is_many(x) else self.fn(number(x))
            if self.default is None:
                raise TypeError(f"{self.name}() takes 2 arguments, got one")
            y = self.default
        elif len(self.domain) == 1:
            raise TypeError(f"{self.name}() takes one argument, got 2")
        if type(x) is float and type(y) is float:
            return self.fn(x, y)
        first, second = getattr(x, "_record", None), getattr(y, "_record", None)
        if (first is None and is_many(x)) or (second is None and is_many(y)):
            return elementwise(self, x, y)
        record = first or second
        return self.fn(number(x), number(y)) if record is None else record(self, x, y)

    def __repr__(self) -> str:
        names = ("x",) if self.arity == 1 else ("x", "y")
        return f"<operation {self.name}({', '.join(names)})>"

    def __reduce__(self) -> str | tuple[Any, ...]:
        """A row is pickled as its name, and is the same object when read back.

        Raises `PicklingError` for an operation of a user's that another one has replaced.
        """
        if OWN.get(self.name, self) is not self:
            raise pickle.PicklingError(
                f"the operation {self.name!r} was defined again after this one: compute the graph again, then save it"
            )
        return _row, (self.name, *([self.fn.__module__] if OWN.get(self.name) is self else []))


def _row(name: str, module: str = "") -> Op:
    """Return the row of that name; one that a user has made is defined by a module, which is imported."""
    if module and name not in OWN:
        importlib.import_module(module)
    found = OPS.get(name) or HELPERS.get(name) or OWN.get(name)
    if found is None:
        raise ValueError(f"no operation named {short(name)}: neither in this version of autograd_lite nor defined here")
    return found


def _beside(y: Any, slope: Any) -> Any:
    """The slope, but NaN beside a NaN value. In a graph slopes get no extra nodes; `grad` sees to it."""
    return slope if type(y) is not float or y == y else NAN


def _slope_along_base(a: Any, b: Any) -> Any:
    """Return b * a**(b - 1), but 0 where b is 0. The `if` freezes nothing: a float is a constant in a graph."""
    if type(b) is float:
        if b == 2.0:
            return 2.0 * a  # the same number, and one step in a graph
        if b == 0.0:
            return 0.0
    return pow_slope(a, b)


def _slope_along_exponent(y: Any, a: Any, b: Any) -> Any:
    """Return a**b * log(a), which for floats need not compute the power again."""
    return ieee.pow_log(a, b, y) if type(y) is float else pow_log(a, b)


def _mixed(a: Any, b: Any) -> Any:
    """Return the slope of b * a**(b - 1) along b and of a**b * log(a) along a: a**(b - 1) * (1 + b * log(a))."""
    p = power(a, b - 1.0)
    return p + b * xlogy(p, a)


def _is_zero(x: Any) -> Any:
    """1 where x is zero, else 0."""
    return 1.0 - absolute(compare(x, 0.0))


def _larger(a: Any, b: Any) -> Any:
    """1 if a > b, else 0, as a formula; at a tie, where that is 1/2, with the sign that gives it."""
    return 0.5 + 0.5 * compare(a, b) if a.data == b.data else larger(a, b)


def _branches(x: Any, slope: Any) -> Any:
    """1 if x > 0, `slope` if x < 0, as a formula; at 0, where that is the slope, with the step that gives it."""
    return larger(x, 0.0) + slope * larger(0.0, x) if x.data != 0.0 else step(x) + slope * (1.0 - step(x))


def _order(a: float, b: float) -> Side:
    """The side of an operation with a kink where its arguments are equal."""
    return float(a > b), a == b


def _multiple(a: float, b: float) -> Side:
    """The side of an operation that jumps at whole multiples of the second argument."""
    return ieee.floor_divide(a, b), ieee.mod(a, b) == 0.0


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
div = Op("div", ieee.div,         lambda y, a, b: (div(1.0, b), -over_square(a, b)),
         "{0:2} / {1:3}", r"\frac{{{0}}}{{{1}}}", 2, "÷", (ANY, POSITIVE),
         note="x/0 is a signed infinity, 0/0 is NaN (IEEE 754); slope -a/b**2 also where b**2 over- or underflows",
         written=lambda y, a, b: (div(1.0, b), -div(a, power(b, 2.0))))
neg = Op("neg", operator.neg, lambda y, x: -1.0,
         "-{0:3}", "-{0:3}", 3, "−")
power = Op("pow", ieee.pow,       lambda y, a, b: (_beside(y, _slope_along_base(a, b)), _slope_along_exponent(y, a, b)),
         "{0:5} ** {1:3}", "{{{0:5}}}^{{{1}}}", 4, "^", (POSITIVE, ANY),
         note="0**0 is 1 with slope 0, and 0**b has slope 0 along b >= 0; a negative base with a fraction as exponent "
              "is NaN (C99 pow, PyTorch)",
         written=lambda y, a, b: (b * power(a, b - 1.0), xlogy(y, a) if a.data == 0.0 else y * log(a)))

exp   = Op("exp",   ieee.exp,   lambda y, x: y,              "exp({0})",   r"e^{{{0}}}")
expm1 = Op("expm1", ieee.expm1, lambda y, x: exp(x),         "expm1({0})", r"\left(e^{{{0}}} - 1\right)")
log   = Op("log",   ieee.log,   lambda y, x: inverse(x),     "log({0})",   r"\ln\left({0}\right)", domain=(POSITIVE,),
           note="log(0) is -inf with slope +inf, also at -0.0; NaN with slope NaN below (" + _LIMIT + ")",
           written=lambda y, x: div(1.0, x))
log1p = Op("log1p", ieee.log1p, lambda y, x: inverse(1.0 + x), "log1p({0})", r"\ln\left(1 + {0:2}\right)",
           domain=((-1.0, INF),), note=_LIMIT + " at -1: slope +inf", written=lambda y, x: div(1.0, 1.0 + x))
sqrt  = Op("sqrt",  ieee.or_nan(math.sqrt), lambda y, x: div(0.5, absolute(y)),
           "sqrt({0})", r"\sqrt{{{0}}}", label="√", domain=(POSITIVE,), note=_LIMIT + " at 0: slope +inf, also at -0.0",
           written=lambda y, x: div(1.0, 2.0 * y))

sin  = Op("sin",  ieee.sin,               lambda y, x: cos(x),                              "sin({0})",  r"\sin\left({0}\right)")
cos  = Op("cos",  ieee.cos,               lambda y, x: -sin(x),                             "cos({0})",  r"\cos\left({0}\right)")
tan  = Op("tan",  ieee.tan,               lambda y, x: 1.0 + y * y,                         "tan({0})",  r"\tan\left({0}\right)",
          written=lambda y, x: 1.0 + power(y, 2.0))
asin = Op("asin", ieee.or_nan(math.asin), lambda y, x: div(1.0, sqrt(one_minus_square(x))),  "asin({0})", r"\arcsin\left({0}\right)",
          domain=((-1.0, 1.0),), note=_LIMIT + " at -1 and 1: slope +inf",
          written=lambda y, x: div(1.0, sqrt(1.0 - power(x, 2.0))))
acos = Op("acos", ieee.or_nan(math.acos), lambda y, x: div(-1.0, sqrt(one_minus_square(x))), "acos({0})", r"\arccos\left({0}\right)",
          domain=((-1.0, 1.0),), note=_LIMIT + " at -1 and 1: slope -inf",
          written=lambda y, x: div(-1.0, sqrt(1.0 - power(x, 2.0))))
atan = Op("atan", math.atan,          lambda y, x: lorentz(x),                          "atan({0})", r"\arctan\left({0}\right)",
          written=lambda y, x: div(1.0, 1.0 + power(x, 2.0)))
sinh = Op("sinh", ieee.sinh,              lambda y, x: cosh(x),                             "sinh({0})", r"\sinh\left({0}\right)")
cosh = Op("cosh", ieee.cosh,              lambda y, x: sinh(x),                             "cosh({0})", r"\cosh\left({0}\right)")
tanh = Op("tanh", math.tanh,          lambda y, x: sech2(x), "tanh({0})", r"\tanh\left({0}\right)",
          note="slope 1/cosh(x)**2, accurate in both tails where 1 - y**2 is 0",
          written=lambda y, x: 1.0 - power(y, 2.0))

sigmoid  = Op("sigmoid",  ieee.sigmoid,  lambda y, x: bell(x),    "sigmoid({0})",  r"\sigma\left({0}\right)", label="σ",
              note="slope e/(1 + e)**2 with e = exp(-abs(x)), accurate in both tails where y*(1 - y) is 0",
              written=lambda y, x: y * (1.0 - y))
softplus = Op("softplus", ieee.softplus, lambda y, x: sigmoid(x),      "softplus({0})", r"\operatorname{{softplus}}\left({0}\right)")
relu     = Op("relu", lambda x: 0.0 if x <= 0.0 else x, lambda y, x: step(x),
              "relu({0})", r"\operatorname{{relu}}\left({0}\right)", label="ReLU", kinks=(0.0,),
              note="slope 0 at the kink: least-norm sub-gradient (" + _PYTORCH + ", JAX)")
leaky_relu = Op("leaky_relu", lambda x, slope: x if x > 0.0 and slope == slope else slope * x,
                lambda y, x, slope: (step(x) + slope * (1.0 - step(x)), minimum(x, 0.0)),
                "leaky_relu({0}, {1})", r"\operatorname{{leaky\_relu}}\left({0}, {1}\right)", label="leaky ReLU",
                domain=(ANY, ANY), kinks=(0.0,), default=0.01, note="slope of the left side at the kink (" + _PYTORCH + ")",
                written=lambda y, x, slope: (_branches(x, slope), minimum(x, 0.0)))
absolute = Op("abs", abs, lambda y, x: compare(x, 0.0), "abs({0})", r"\left|{0}\right|", label="|x|", kinks=(0.0,),
              note="slope 0 at the kink: least-norm sub-gradient (" + _PYTORCH + "; JAX has 1)")
maximum = Op("maximum", lambda a, b: a if a >= b else b if b > a else NAN,
             lambda y, a, b: (0.5 + 0.5 * compare(a, b), 0.5 - 0.5 * compare(a, b)),
             "maximum({0}, {1})", r"\max\left({0}, {1}\right)", label="max", domain=(ANY, ANY), kinks=_order,
             note="a tie splits the slope evenly (" + _PYTORCH + ", JAX); NaN wins",
             written=lambda y, a, b: (_larger(a, b), _larger(b, a)))
minimum = Op("minimum", lambda a, b: a if a <= b else b if b < a else NAN,
             lambda y, a, b: (0.5 - 0.5 * compare(a, b), 0.5 + 0.5 * compare(a, b)),
             "minimum({0}, {1})", r"\min\left({0}, {1}\right)", label="min", domain=(ANY, ANY), kinks=_order,
             note="a tie splits the slope evenly (" + _PYTORCH + ", JAX); NaN wins",
             written=lambda y, a, b: (_larger(b, a), _larger(a, b)))
step = Op("step", lambda x: 1.0 if x > 0.0 else 0.0 if x <= 0.0 else NAN, lambda y, x: _beside(y, 0.0),
          "step({0})", r"\operatorname{{step}}\left({0}\right)", kinks=(0.0,),
          note="step(0) is 0; slope 0 everywhere, also at the jump (" + _PYTORCH + "'s heaviside is given no slope)")
compare = Op("compare", ieee.compare, lambda y, a, b: (_beside(y, 0.0), _beside(y, 0.0)),
             "compare({0}, {1})", r"\operatorname{{sgn}}\left({0:1} - {1:2}\right)", label="sgn", domain=(ANY, ANY), kinks=_order,
             note="the sign of a - b without the subtraction: -1, 0 or 1; slope 0 everywhere (torch.sign)")
xlogy = Op("xlogy", ieee.xlogy, lambda y, a, b: (log(b), _beside(y, div(a, b + _is_zero(a) * _is_zero(b)))),
           "xlogy({0}, {1})", r"{0:2} \cdot \ln\left({1}\right)", label="x·log y", domain=(ANY, POSITIVE),
           note="0 where x is 0, as for entropies (scipy.special.xlogy)",
           written=lambda y, a, b: (log(b), div(a, b)))
xlog1py = Op("xlog1py", ieee.xlog1py, lambda y, a, b: (log1p(b), _beside(y, div(a, (1.0 + b) + _is_zero(a) * _is_zero(1.0 + b)))),
             "xlog1py({0}, {1})", r"{0:2} \cdot \ln\left(1 + {1:2}\right)", label="x·log1p y", domain=(ANY, (-1.0, INF)),
             note="0 where x is 0 (scipy.special.xlog1py)", written=lambda y, a, b: (log1p(b), div(a, 1.0 + b)))
mod = Op("mod", ieee.mod, lambda y, a, b: (_beside(y, 1.0), _beside(y, -floor_divide(a, b))),
         "{0:3} % {1:3}", r"{0:3} \bmod {1:3}", 0, "mod", (ANY, POSITIVE), kinks=_multiple,
         note="the sign of b, as Python's % and numpy.mod; NaN where b is 0 or a infinite; at whole multiples of b, where "
              "it jumps, the slopes are those of the side that the value is on: 1 and -floor(a/b)",
         written=lambda y, a, b: (1.0, -floor_divide(a, b)))
floor_divide = Op("floor_divide", ieee.floor_divide, lambda y, a, b: (_beside(y, 0.0), _beside(y, 0.0)),
                  "{0:3} // {1:3}", r"\left\lfloor \frac{{{0}}}{{{1}}} \right\rfloor", 2, "⌊÷⌋", (ANY, POSITIVE), kinks=_multiple,
                  note="floor(a/b), as Python's // and numpy.floor_divide; x/0 is a signed infinity, 0/0 and inf/b are NaN; "
                       "slope 0 everywhere, also at the jumps")

# Slopes that are operations of their own: a plain formula of the rows above would be wrong at an edge.
inverse  = Op("inverse", ieee.inverse, lambda y, x: -y * y,
              "1 / {0:3}", r"\frac{{1}}{{{0}}}", 2, "1/x", (POSITIVE,),
              note="slope of log: +inf at 0 and at -0.0, NaN below, where 1/x would go on as if nothing had happened",
              written=lambda y, x: div(-1.0, power(x, 2.0)))
lorentz  = Op("lorentz", ieee.lorentz, lambda y, x: -2.0 * (x * y) * y,
              "1 / (1 + {0:5} ** 2)", r"\frac{{1}}{{1 + {{{0:5}}}^2}}", 2, "1/(1+x²)", note="slope of atan",
              written=lambda y, x: div(-2.0 * x, power(1.0 + power(x, 2.0), 2.0)))
over_square = Op("over_square", ieee.over_square, lambda y, a, b: (over_square(1.0, b), div(-2.0 * y, b)),
                 "{0:2} / {1:5} ** 2", r"\frac{{{0}}}{{{{{1:5}}}^2}}", 2, "a/b²", (ANY, POSITIVE), note="in the slope of a/b",
                 written=lambda y, a, b: (div(1.0, power(b, 2.0)), -div(2.0 * a, power(b, 3.0))))
pow_slope = Op("pow_slope", ieee.pow_slope, lambda y, a, b: (_beside(y, b * _slope_along_base(a, b - 1.0)), _beside(y, _mixed(a, b))),
               "{1:2} * {0:5} ** ({1:1} - 1)", r"{1:2} \cdot {{{0:5}}}^{{{1:1} - 1}}", 2, "b·a^(b−1)", (POSITIVE, ANY),
               note="slope of a**b along a; 0 where b is 0; accurate where b - 1 is rounded and where a**(b - 1) over- or underflows",
               written=lambda y, a, b: (b * (b - 1.0) * power(a, b - 2.0), power(a, b - 1.0) * (1.0 + b * log(a))))
pow_log  = Op("pow_log", lambda a, b: ieee.pow_log(a, b, ieee.pow(a, b)), lambda y, a, b: (_beside(y, _mixed(a, b)), xlogy(y, a)),
              "{0:5} ** {1:3} * log({0})", r"{{{0:5}}}^{{{1}}} \cdot \ln\left({0}\right)", 2, "a^b·log a", (POSITIVE, ANY),
              note="slope of a**b along b; 0 at a = 0, b >= 0; accurate where a**b over- or underflows",
              written=lambda y, a, b: (power(a, b - 1.0) * (1.0 + b * log(a)), power(a, b) * power(log(a), 2.0)))
sech2    = Op("sech2", ieee.sech2, lambda y, x: -2.0 * tanh(x) * y,
              "1 / cosh({0}) ** 2", r"\operatorname{{sech}}^2\left({0}\right)", 2, "1/cosh²", note="slope of tanh")
bell     = Op("bell", ieee.bell, lambda y, x: -y * tanh(0.5 * x),
              "sigmoid({0}) * sigmoid(-{0:3})", r"\sigma\left({0}\right) \cdot \sigma\left(-{0:3}\right)", 2, "σ·(1−σ)",
              note="slope of sigmoid", written=lambda y, x: y * (1.0 - 2.0 * sigmoid(x)))
one_minus_square = Op("one_minus_square", ieee.one_minus_square, lambda y, x: -2.0 * x,
                      "1 - {0:5} ** 2", "1 - {{{0:5}}}^2", 1, "1−x²",
                      note="in the slopes of asin and acos; accurate near -1 and 1, and so is its slope near 0")
larger   = Op("larger", lambda a, b: 1.0 if a > b else 0.0 if a <= b else NAN, lambda y, a, b: (_beside(y, 0.0), _beside(y, 0.0)),
              "maximum(compare({0}, {1}), 0)", r"\left[{0} > {1}\right]", 9, "[a>b]", (ANY, ANY), kinks=_order,
              note="Iverson's bracket: 1 where a > b, else 0; how slopes of maximum and minimum are written where there is no tie")
# fmt: on

OPS: dict[str, Op] = {
    op.name: op
    for op in (
        *(add, sub, mul, div, neg, power),
        *(exp, expm1, log, log1p, sqrt, sin, cos, tan, asin, acos, atan, sinh, cosh, tanh),
        *(
            sigmoid,
            softplus,
            relu,
            leaky_relu,
            absolute,
            maximum,
            minimum,
            step,
            compare,
            xlogy,
            xlog1py,
            mod,
            floor_divide,
        ),
    )
}
"""The table, by name, in the order of definition."""

HELPERS: dict[str, Op] = {
    op.name: op for op in (inverse, lorentz, over_square, pow_slope, pow_log, sech2, bell, one_minus_square, larger)
}
"""Rows that only slopes use."""

OWN: dict[str, Op] = {}
"""Operations that users have made (`autograd_lite.operation`), by name."""
