"""The derivative table: one row an operation, and everything else derives from the row."""
# mypy: disable-error-code="has-type"
# (a row's slopes may name rows further down)

import math
import operator
from typing import Any

from autograd_lite.engine import ieee
from autograd_lite.engine.ieee import INF, NAN, number
from autograd_lite.engine.operation import ANY, OWN, POSITIVE, ROWS, SAID, Interval, Op, Side

__all__ = [
    "ANY",
    "HELPERS",
    "OPS",
    "OWN",
    "SAID",
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


def _beside(y: Any, slope: Any) -> Any:
    """The slope, but NaN beside a NaN value. In a graph slopes get no extra nodes; `grad` sees to it."""
    if type(y) is float:
        return slope if y == y else NAN
    return y._slope_beside(slope)  # noqa: SLF001


def _along_base(a: Any, b: Any) -> Any:
    """Return b * a**(b - 1), but 0 where b is 0. The `if` freezes nothing: a float is a constant in a graph."""
    if type(b) is float:
        if b == 2.0:
            return 2.0 * a  # the same number, and one step in a graph
        if b == 0.0:
            return 0.0
    return pow_slope(a, b)


def _power_along_base(y: Any, a: Any, b: Any) -> Any:
    """Return the slope of y = a**b along a; that of a square is NaN by itself where the square is."""
    slope = _along_base(a, b)
    return slope if type(b) is float and b == 2.0 else _beside(y, slope)


def _along_exponent(y: Any, a: Any, b: Any) -> Any:
    """Return a**b * log(a), which for floats need not compute the power again."""
    return ieee.pow_log(a, b, y) if type(y) is float else pow_log(a, b)


def _bent(a: Any, b: Any) -> Any:
    """Return the slope of b * a**(b - 1) along a."""
    return b * _along_base(a, b - 1.0)


def _mixed(a: Any, b: Any) -> Any:
    """Return the slope of b * a**(b - 1) along b and of a**b * log(a) along a: a**(b - 1) * (1 + b * log(a))."""
    p = power(a, b - 1.0)
    return p + b * xlogy(p, a)


def _is_zero(x: Any) -> Any:
    """1 where x is zero, else 0."""
    return 1.0 - absolute(compare(x, 0.0))


def _over(y: Any, a: Any, b: Any) -> Any:
    """Return a / b, the slope of a * log(b) along b; 0 where both are 0."""
    return _beside(y, div(a, b + _is_zero(a) * _is_zero(b)))


def _over_1p(y: Any, a: Any, b: Any) -> Any:
    """Return a / (1 + b); 0 where both are 0. The sum stands here twice so that no formula has to give it a name."""
    return _beside(y, div(a, (1.0 + b) + _is_zero(a) * _is_zero(1.0 + b)))


def _unless_zero(a: Any, b: Any) -> Any:
    """Return b, but 1 where a is zero, whatever b is: b**1 and b**0."""
    return power(b, absolute(compare(a, 0.0)))


def _zero(b: Any) -> Any:
    """0, but NaN where b is."""
    return compare(b, b)


def _lorentz(size: Any) -> Any:
    """Return 1 / (1 + size**2), reduced by size**2 where that is larger than 1, and might overflow."""
    m, u = maximum(size, 1.0), minimum(size, div(1.0, size))
    return div(div(div(1.0, m), m), 1.0 + u * u)


def _bell(e: Any) -> Any:
    """Return e / (1 + e)**2, rounded less often than the product of two sigmoids."""
    return div(e, 1.0 + e * (2.0 + e))


def _pow_slope(a: Any, b: Any, c: Any) -> Any:
    """Return b * a**(b - 1), of which c is b - 1 rounded; what was lost is exact (Knuth's two-sum)."""
    t = c - b
    lost = (b - (c - t)) - (1.0 + t)
    return b * power(_unless_zero(b, a), c) * (1.0 + xlogy(lost, absolute(a) + _is_zero(a)))


def _larger(a: Any, b: Any) -> Any:
    """1 if a > b, else 0, as a formula; at a tie, where that is 1/2, with the sign that gives it."""
    return 0.5 + 0.5 * compare(a, b) if a.data == b.data else larger(a, b)


def _sides(x: Any, slope: Any) -> Any:
    """1 if x > 0, else `slope`."""
    return step(x) + slope * (1.0 - step(x))


def _branches(x: Any, slope: Any) -> Any:
    """1 if x > 0, `slope` if x < 0, as a formula; at 0, where that is the slope, with the step that gives it."""
    return larger(x, 0.0) + slope * larger(0.0, x) if x.data != 0.0 else _sides(x, slope)


def _order(a: float, b: float) -> Side:
    """The side of an operation with a kink where its arguments are equal."""
    return float(a > b), a == b


def _multiple(a: float, b: float) -> Side:
    """The side of an operation that jumps at whole multiples of the second argument."""
    return ieee.floor_divide(a, b), ieee.mod(a, b) == 0.0


_PYTORCH = "as PyTorch"
_LIMIT = "limit from inside the domain"

# --- the table -----------------------------------------------------------------------------------------------------
# A row reads: name, value, slopes; then what else there is to say, each fact where it is one. `y` is the value, `x`, or
# `a` and `b`, the arguments. A row without a definition is a primitive, which whatever runs a graph has to have.
# fmt: off

#            name      value          slopes
add   = Op("add",   operator.add,  lambda y, a, b: (1.0, 1.0),                        label="+", domain=(ANY, ANY))
sub   = Op("sub",   operator.sub,  lambda y, a, b: (1.0, -1.0),                       label="−", domain=(ANY, ANY))
mul   = Op("mul",   operator.mul,  lambda y, a, b: (b, a),                            label="×", domain=(ANY, ANY))
div   = Op("div",   ieee.div,      lambda y, a, b: (div(1.0, b), -over_square(a, b)), label="÷", domain=(ANY, POSITIVE),
           written=lambda y, a, b: (div(1.0, b), -div(a, power(b, 2.0))),
           note="x/0 is a signed infinity, 0/0 is NaN (IEEE 754); slope -a/b**2 also where b**2 over- or underflows")
neg   = Op("neg",   operator.neg,  lambda y, x: -1.0,                                 label="−")
power = Op("pow",   ieee.pow,      lambda y, a, b: (_power_along_base(y, a, b), _along_exponent(y, a, b)),
           label="^", domain=(POSITIVE, ANY),
           written=lambda y, a, b: (b * power(a, b - 1.0), xlogy(y, a) if a.data == 0.0 else y * log(a)),
           note="0**0 is 1 with slope 0, and 0**b has slope 0 along b >= 0; a negative base with a fraction as "
                "exponent is NaN (C99 pow, PyTorch)")

#            name      value          slope
exp   = Op("exp",   ieee.exp,      lambda y, x: y)
expm1 = Op("expm1", ieee.expm1,    lambda y, x: exp(x))
log   = Op("log",   ieee.log,      lambda y, x: inverse(x),                           domain=(POSITIVE,),
           written=lambda y, x: div(1.0, x),
           note="log(0) is -inf with slope +inf, also at -0.0; NaN with slope NaN below (" + _LIMIT + ")")
log1p = Op("log1p", ieee.log1p,    lambda y, x: inverse(1.0 + x),                     domain=((-1.0, INF),),
           written=lambda y, x: div(1.0, 1.0 + x),
           note=_LIMIT + " at -1: slope +inf")
sqrt  = Op("sqrt",  ieee.sqrt,     lambda y, x: div(0.5, absolute(y)),                label="√", domain=(POSITIVE,),
           written=lambda y, x: div(1.0, 2.0 * y),
           note=_LIMIT + " at 0: slope +inf, also at -0.0")

sin   = Op("sin",   ieee.sin,      lambda y, x: cos(x))
cos   = Op("cos",   ieee.cos,      lambda y, x: -sin(x))
tan   = Op("tan",   ieee.tan,      lambda y, x: 1.0 + y * y,
           definition=lambda x: div(sin(x), cos(x)),
           written=lambda y, x: 1.0 + power(y, 2.0))
asin  = Op("asin",  ieee.asin,     lambda y, x: div(1.0, sqrt(one_minus_square(x))),  domain=((-1.0, 1.0),),
           written=lambda y, x: div(1.0, sqrt(1.0 - power(x, 2.0))),
           note=_LIMIT + " at -1 and 1: slope +inf")
acos  = Op("acos",  ieee.acos,     lambda y, x: div(-1.0, sqrt(one_minus_square(x))), domain=((-1.0, 1.0),),
           written=lambda y, x: div(-1.0, sqrt(1.0 - power(x, 2.0))),
           note=_LIMIT + " at -1 and 1: slope -inf")
atan  = Op("atan",  math.atan,     lambda y, x: lorentz(x),
           written=lambda y, x: div(1.0, 1.0 + power(x, 2.0)))
sinh  = Op("sinh",  ieee.sinh,     lambda y, x: cosh(x))
cosh  = Op("cosh",  ieee.cosh,     lambda y, x: sinh(x))
tanh  = Op("tanh",  math.tanh,     lambda y, x: sech2(x),
           written=lambda y, x: 1.0 - power(y, 2.0),
           note="slope 1/cosh(x)**2, accurate in both tails where 1 - y**2 is 0")

#                 name           value             slopes
sigmoid    = Op("sigmoid",    ieee.sigmoid,     lambda y, x: bell(x),                 label="σ",
                definition=lambda x: div(exp(minimum(x, 0.0)), 1.0 + exp(-absolute(x))),
                written=lambda y, x: y * (1.0 - y),
                note="slope e/(1 + e)**2 with e = exp(-abs(x)), accurate in both tails where y*(1 - y) is 0")
softplus   = Op("softplus",   ieee.softplus,    lambda y, x: sigmoid(x),
                definition=lambda x: maximum(x, 0.0) + log1p(exp(-absolute(x))))
relu       = Op("relu",       ieee.relu,        lambda y, x: step(x),                 label="ReLU", kinks=(0.0,),
                definition=lambda x: maximum(0.0, x),
                note="slope 0 at the kink: least-norm sub-gradient (" + _PYTORCH + ", JAX)")
leaky_relu = Op("leaky_relu", ieee.leaky_relu,  lambda y, x, slope: (_sides(x, slope), minimum(x, 0.0)),
                label="leaky ReLU", domain=(ANY, ANY), kinks=(0.0,), default=0.01,
                definition=lambda x, slope: maximum(x, 0.0) + slope * minimum(x, 0.0),
                written=lambda y, x, slope: (_branches(x, slope), minimum(x, 0.0)),
                note="slope of the left side at the kink (" + _PYTORCH + ")")
absolute   = Op("abs",        abs,              lambda y, x: compare(x, 0.0),         label="|x|", kinks=(0.0,),
                note="slope 0 at the kink: least-norm sub-gradient (" + _PYTORCH + "; JAX has 1)")
maximum    = Op("maximum",    ieee.maximum,     lambda y, a, b: (0.5 + 0.5 * compare(a, b), 0.5 - 0.5 * compare(a, b)),
                label="max", domain=(ANY, ANY), kinks=_order,
                written=lambda y, a, b: (_larger(a, b), _larger(b, a)),
                note="a tie splits the slope evenly (" + _PYTORCH + ", JAX); NaN wins")
minimum    = Op("minimum",    ieee.minimum,     lambda y, a, b: (0.5 - 0.5 * compare(a, b), 0.5 + 0.5 * compare(a, b)),
                label="min", domain=(ANY, ANY), kinks=_order,
                written=lambda y, a, b: (_larger(b, a), _larger(a, b)),
                note="a tie splits the slope evenly (" + _PYTORCH + ", JAX); NaN wins")
step       = Op("step",       ieee.step,        lambda y, x: _beside(y, 0.0),         kinks=(0.0,),
                definition=lambda x: maximum(0.0, compare(x, 0.0)),
                note="step(0) is 0; slope 0 everywhere, also at the jump (" + _PYTORCH + "'s heaviside is given no "
                     "slope)")
compare    = Op("compare",    ieee.compare,     lambda y, a, b: (_beside(y, 0.0), _beside(y, 0.0)),
                label="sgn", domain=(ANY, ANY), kinks=_order,
                note="the sign of a - b without the subtraction: -1, 0 or 1; slope 0 everywhere (torch.sign)")

#                     name            value              slopes
mod          = Op("mod",          ieee.mod,          lambda y, a, b: (_beside(y, 1.0), _beside(y, -floor_divide(a, b))),
                  label="mod", domain=(ANY, POSITIVE), kinks=_multiple,
                  written=lambda y, a, b: (1.0, -floor_divide(a, b)),
                  note="the sign of b, as Python's % and numpy.mod; NaN where b is 0 or a infinite; at whole multiples "
                       "of b, where it jumps, the slopes are those of the side that the value is on: 1 and -floor(a/b)")
floor_divide = Op("floor_divide", ieee.floor_divide, lambda y, a, b: (_beside(y, 0.0), _beside(y, 0.0)),
                  label="⌊÷⌋", domain=(ANY, POSITIVE), kinks=_multiple,
                  note="floor(a/b), as Python's // and numpy.floor_divide; x/0 is a signed infinity, 0/0 and inf/b are "
                       "NaN; slope 0 everywhere, also at the jumps")
xlogy        = Op("xlogy",        ieee.xlogy,        lambda y, a, b: (log(b), _over(y, a, b)),
                  label="x·log y", domain=(ANY, POSITIVE),
                  definition=lambda a, b: a * log(_unless_zero(a, b)) + _zero(b),
                  written=lambda y, a, b: (log(b), div(a, b)),
                  note="0 where x is 0, as for entropies (scipy.special.xlogy)")
xlog1py      = Op("xlog1py",      ieee.xlog1py,      lambda y, a, b: (log1p(b), _over_1p(y, a, b)),
                  label="x·log1p y", domain=(ANY, (-1.0, INF)),
                  definition=lambda a, b: a * log1p(_unless_zero(a, b)) + _zero(b),
                  written=lambda y, a, b: (log1p(b), div(a, 1.0 + b)),
                  note="0 where x is 0 (scipy.special.xlog1py)")

# Slopes that are operations of their own: a plain formula of the rows above, their meaning, would be wrong at an edge.
#                    name            value              slopes
inverse     = Op("inverse",     ieee.inverse,      lambda y, x: -y * y,               label="1/x", domain=(POSITIVE,),
                 definition=lambda x: div(1.0, absolute(x)) + 0.0 * sqrt(compare(x, 0.0)),
                 meaning=lambda x: div(1.0, x),
                 written=lambda y, x: div(-1.0, power(x, 2.0)),
                 note="slope of log: +inf at 0 and at -0.0, NaN below, where 1/x would go on as if nothing had "
                      "happened")
lorentz     = Op("lorentz",     ieee.lorentz,      lambda y, x: -2.0 * (x * y) * y,   label="1/(1+x²)",
                 definition=lambda x: _lorentz(absolute(x)),
                 meaning=lambda x: div(1.0, 1.0 + power(x, 2.0)),
                 written=lambda y, x: div(-2.0 * x, power(1.0 + power(x, 2.0), 2.0)),
                 note="slope of atan")
over_square = Op("over_square", ieee.over_square,  lambda y, a, b: (over_square(1.0, b), div(-2.0 * y, b)),
                 label="a/b²", domain=(ANY, POSITIVE),
                 definition=lambda a, b: div(div(a, b), b),
                 meaning=lambda a, b: div(a, power(b, 2.0)),
                 written=lambda y, a, b: (div(1.0, power(b, 2.0)), -div(2.0 * a, power(b, 3.0))),
                 note="in the slope of a/b")
pow_slope   = Op("pow_slope",   ieee.pow_slope,    lambda y, a, b: (_beside(y, _bent(a, b)), _beside(y, _mixed(a, b))),
                 label="b·a^(b−1)", domain=(POSITIVE, ANY),
                 definition=lambda a, b: _pow_slope(a, b, b - 1.0),
                 meaning=lambda a, b: b * power(a, b - 1.0),
                 written=lambda y, a, b: (b * (b - 1.0) * power(a, b - 2.0), power(a, b - 1.0) * (1.0 + b * log(a))),
                 note="slope of a**b along a; 0 where b is 0; accurate where b - 1 is rounded and where a**(b - 1) "
                      "over- or underflows")
pow_log     = Op("pow_log",     ieee.pow_log,      lambda y, a, b: (_beside(y, _mixed(a, b)), xlogy(y, a)),
                 label="a^b·log a", domain=(POSITIVE, ANY),
                 definition=lambda a, b: xlogy(power(a, b), a + _is_zero(a) * _is_zero(b)),
                 meaning=lambda a, b: power(a, b) * log(a),
                 written=lambda y, a, b: (power(a, b - 1.0) * (1.0 + b * log(a)), power(a, b) * power(log(a), 2.0)),
                 note="slope of a**b along b; 0 at a = 0, b >= 0; accurate where a**b over- or underflows")
sech2       = Op("sech2",       ieee.sech2,        lambda y, x: -2.0 * tanh(x) * y,   label="1/cosh²",
                 definition=lambda x: power(div(1.0, cosh(x)), 2.0),
                 meaning=lambda x: div(1.0, power(cosh(x), 2.0)),
                 note="slope of tanh")
bell        = Op("bell",        ieee.bell,         lambda y, x: -y * tanh(0.5 * x),   label="σ·(1−σ)",
                 definition=lambda x: sigmoid(x) * sigmoid(-x),
                 meaning=lambda x: sigmoid(x) * (1.0 - sigmoid(x)),
                 written=lambda y, x: y * (1.0 - 2.0 * sigmoid(x)),
                 note="slope of sigmoid")
larger      = Op("larger",      ieee.larger,       lambda y, a, b: (_beside(y, 0.0), _beside(y, 0.0)),
                 label="[a>b]", domain=(ANY, ANY), kinks=_order,
                 definition=lambda a, b: maximum(compare(a, b), 0.0),
                 note="Iverson's bracket: 1 where a > b, else 0; how slopes of maximum and minimum are written where "
                      "there is no tie")
one_minus_square = Op("one_minus_square", ieee.one_minus_square, lambda y, x: -2.0 * x, label="1−x²",
                      definition=lambda x: (1.0 - x) * (1.0 + x),
                      meaning=lambda x: 1.0 - power(x, 2.0),
                      note="in the slopes of asin and acos; accurate near -1 and 1, and so is its slope near 0")

OPS: dict[str, Op] = {op.name: op for op in (
    add, sub, mul, div, neg, power,
    exp, expm1, log, log1p, sqrt, sin, cos, tan, asin, acos, atan, sinh, cosh, tanh,
    sigmoid, softplus, relu, leaky_relu, absolute, maximum, minimum, step, compare, xlogy, xlog1py, mod, floor_divide,
)}
"""The table, by name, in the order of definition."""

HELPERS: dict[str, Op] = {op.name: op for op in (
    inverse, lorentz, over_square, pow_slope, pow_log, sech2, bell, one_minus_square, larger,
)}
"""Rows that only slopes use."""
# fmt: on

ROWS.update(OPS | HELPERS)
SAID.update(  # of the operations that are no methods of a node
    add="a + b.",
    sub="a - b.",
    mul="a * b.",
    div="a / b.",
    neg="-x.",
    pow="a**b.",
    compare="The sign of a - b: -1, 0 or 1.",
    mod="a % b, what is left of a after whole multiples of b.",
    floor_divide="a // b, how many whole multiples of b there are in a.",
    xlogy="x log(y).",
    xlog1py="x log(1 + y), accurate for small y.",
)
