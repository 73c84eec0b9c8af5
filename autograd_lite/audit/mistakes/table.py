"""The mistakes that are recognised, one row each. One loop tests them all: tests/audit/test_mistakes_table.py."""

from autograd_lite.audit.mistakes.rows import Example, Kind, Likelihood, Row

__all__ = ["ROWS"]

SQUARE = "h1 = w1 * x1 + w2 * x2; a_h1 = sigmoid(h1); E = (a_h1 - t)**2"
LAYER = (
    "h1 = w1 * x1; h2 = w2 * x1; a_h1 = sigmoid(h1); a_h2 = sigmoid(h2); o = w3 * a_h1 + w4 * a_h2; E = (o - t)**2 / 2"
)
TWO_PATHS = "h = w * x; k = w * z; E = h * k"
CUBE = "E = (w * x + u)**3"
TANH = "h = w * x; a = tanh(h); E = a * z"

# A row begins with its kind, how likely it is, and the function that makes it.
# fmt: off
# --- numbers -------------------------------------------------------------------------------------------------------

LAST_DIGIT = Row(Kind.LAST_DIGIT, Likelihood.SLIP, "notation.numbers.last_digit",
    "The last digit was cut off, or rounded the wrong way.",
    "right but for the last digit: {how}",
    (Example("E = w * x", "w", "0.69", "right but for the last digit: cut off instead of rounded to 0.70"),),
)
COPIED = Row(Kind.SLIP, Likelihood.FREQUENT, "notation.numbers.slips",
    "A digit was copied wrongly, or two digits were exchanged.",
    "{slip}",
    (Example("E = w * x", "w", "0.6790", "two digits are exchanged, 79 for 97"),),
)
NOT_COMPUTED = Row(Kind.NOT_COMPUTED, Likelihood.EVIDENT, "mistakes.search.of_number",
    "The gradient was read before it was computed.",
    "a gradient is 0.0 before backward() has run",
    (Example("E = w * x", "w", "0.0", "a gradient is 0.0 before backward() has run"),),
)
EXCHANGED = Row(Kind.EXCHANGED, Likelihood.SLIP, "claims._explained_together",
    "Two rows were written in each other's place.",
    "exchanged with {other}: each is the gradient of the other",
    (),  # it takes two rows: test_exchanged_rows
)
WRONG_SIGN = Row(Kind.SIGN, Likelihood.EVIDENT, "mistakes.hunt.Hunt._overall",
    "The sign of the whole gradient is wrong.",
    "the sign is wrong",
    (Example(SQUARE, "w1", "-2 * (a_h1 - t) * a_h1 * (1 - a_h1) * x1", "the sign is wrong"),),
)
TWICE_OR_HALF = Row(Kind.FACTOR, Likelihood.COMMON, "mistakes.hunt.Hunt._overall",
    "A factor 2 is missing, or is one too many.",
    "it is {times} the gradient{halved}",
    (Example(SQUARE, "w1", "(a_h1 - t) * a_h1 * (1 - a_h1) * x1", "it is half the gradient"),),
)
TWICE_OR_HALF_AND_SIGN = Row(Kind.FACTOR, Likelihood.RARE, "mistakes.hunt.Hunt._overall",
    "A factor 2 and the sign are wrong.",
    "it is {times} the gradient, and the sign is wrong",
    (Example(SQUARE, "w1", "(t - a_h1) * a_h1 * (1 - a_h1) * x1", "it is half the gradient, and the sign is wrong"),),
)
MEAN_OR_SUM = Row(Kind.FACTOR, Likelihood.UNCOMMON, "mistakes.hunt.Hunt._overall",
    "A sum was taken for a mean, or a mean for a sum.",
    "it is {times} the gradient, as a {wrong} of {count} is of their {right}",
    (
        Example(
            "E = tanh(w) * x", "w", "= 3 * (1 - tanh(w)**2) * x", "it is three times the gradient, as a sum of 3 is"
        ),
    ),
)
DECIMAL_POINT = Row(Kind.DECIMAL_POINT, Likelihood.FREQUENT, "mistakes.hunt.Hunt._overall",
    "The decimal point stands one or two places too far to the left or right.",
    "it is {times} the gradient: the decimal point",
    (
        Example(
            "E = tanh(w) * x", "w", "= 10 * (1 - tanh(w)**2) * x", "it is ten times the gradient: the decimal point"
        ),
    ),
)
SOME_FACTOR = Row(Kind.FACTOR, Likelihood.FAR_FETCHED, "mistakes.fitting._ratio",
    "The whole gradient is multiplied by some number.",
    "it is {ratio} times the gradient",
    (Example("E = w * x", "w", "0.3719 * 3.1337 * x", "it is 1.16542 times the gradient"),),
)
TIMES_THE_RATE = Row(Kind.LEARNING_RATE, Likelihood.COMMON, "mistakes.hunt.Hunt._overall",
    "The gradient was multiplied by the learning rate.",
    "it is multiplied by a learning rate of {rate}",
    (
        Example(
            SQUARE,
            "w1",
            "= 0.05 * 2 * (a_h1 - t) * a_h1 * (1 - a_h1) * x1",
            "it is multiplied by a learning rate of 0.05",
        ),
    ),
)
STEP = Row(Kind.LEARNING_RATE, Likelihood.FREQUENT, "mistakes.hunt.Hunt._overall",
    "The step of an update was given, not the gradient.",
    "it is the step of an update, -{rate} times the gradient",
    (
        Example(
            SQUARE,
            "w1",
            "= -0.05 * 2 * (a_h1 - t) * a_h1 * (1 - a_h1) * x1",
            "it is the step of an update, -0.05 times the gradient",
        ),
    ),
)
UPDATED_WEIGHT = Row(Kind.UPDATED_WEIGHT, Likelihood.EVIDENT, "mistakes.hunt.Hunt._overall",
    "The weight after an update was given, not its gradient.",
    "it is {name} after an update{wrong} with learning rate {rate}, not its gradient",
    (Example(SQUARE, "w1", "= w1 - 0.1 * 2 * (a_h1 - t) * a_h1 * (1 - a_h1) * x1", "it is w1 after an update"),),
)
UPDATED_FIRST = Row(Kind.UPDATED_FIRST, Likelihood.OCCASIONAL, "mistakes.hunt.Hunt._too_early",
    "Weights that the gradient is computed with had been updated already.",
    "{weights} had been updated already (learning rate {rate}) when it was computed",
    (
        Example(
            "h = w1 * i1; E = h * w2", "w1", "= (w2 - 0.5 * h) * i1", "w2 had been updated already (learning rate 0.5)"
        ),
    ),
)
A_STEP_LATE = Row(Kind.UPDATED_FIRST, Likelihood.UNCOMMON, "mistakes.hunt.Hunt._too_early",
    "The gradient was computed after the update, with all weights new.",
    "it is the gradient after an update of all weights (learning rate {rate})",
    (
        Example(
            "E = (w * i1 - t1)**2",
            "w",
            "= (2 * i1) * ((w - 0.5 * 2 * (w * i1 - t1) * i1) * i1 - t1)",
            "it is the gradient after an update of all weights (learning rate 0.5)",
        ),
    ),
)
OTHER_GRADIENT = Row(Kind.OTHER_GRADIENT, Likelihood.COMMON, "mistakes.hunt.Hunt._other",
    "The gradient of another quantity was given.",
    "it is the gradient of {name}{symbol}",
    (Example(SQUARE, "w1", "2 * (a_h1 - t) * a_h1 * (1 - a_h1) * x2", "it is the gradient of w2, ∂E/∂w2"),),
)
VALUE = Row(Kind.VALUE, Likelihood.UNCOMMON, "mistakes.hunt.Hunt._other",
    "The number of a quantity was given, not a gradient.",
    "it is the value of {name}, not a gradient",
    (Example(SQUARE, "w1", "w1", "it is the value of w1, not a gradient"),),
)

# --- the chain rule ------------------------------------------------------------------------------------------------

SLOPE_LEFT_OUT = Row(Kind.ACTIVATION, Likelihood.FREQUENT, "mistakes.chain_rule.left_out",
    "The derivative of an activation, or of another function, was left out of the chain.",
    "{function}, {factor}, is left out{where}",
    (Example(TANH, "w", "z * x", "the derivative of an activation, ∂a/∂h = 1 - a^2, is left out"),),
)
LAYER_LEFT_OUT = Row(Kind.ACTIVATION, Likelihood.FREQUENT, "mistakes.chain_rule._activations",
    "The derivatives of all activations of a layer were left out.",
    "the derivatives of the activations, {names}, are left out",
    (
        Example(
            "h1 = w * x; h2 = w * z; a_h1 = tanh(h1); a_h2 = tanh(h2); E = a_h1 * u + a_h2 * v",
            "w",
            "u * x + v * z",
            "the derivatives of the activations, ∂a_h1/∂h1, ∂a_h2/∂h2, are left out",
        ),
    ),
)
OTHER_SLOPE = Row(Kind.ACTIVATION, Likelihood.UNCOMMON, "mistakes.chain_rule._slopes",
    "Something else was taken for the derivative of an activation.",
    "{derivative} is taken for {wrong}{where}",
    (Example(TANH, "w", "z * a * (1 - a) * x", "∂a/∂h is taken for a * (1 - a), the derivative of the sigmoid"),),
)
LINK_LEFT_OUT = Row(Kind.FACTOR_LEFT_OUT, Likelihood.FREQUENT, "mistakes.chain_rule.left_out",
    "A local derivative was left out of the chain.",
    "the factor {factor} is left out{where}",
    (Example(LAYER, "w1", "(o - t) * a_h1 * (1 - a_h1) * x1", "the factor ∂o/∂a_h1 = w3 is left out"),),
)
LINK_SIGN = Row(Kind.SIGN, Likelihood.UNCOMMON, "mistakes.chain_rule.left_out",
    "A local derivative has the wrong sign.",
    "the factor {factor} has the wrong sign{where}",
    (Example("h = w * x; E = h * z - w * u", "w", "-x * z - u", "the factor ∂h/∂w = x has the wrong sign"),),
)
BRANCH_LEFT_OUT = Row(Kind.PATH, Likelihood.UNCOMMON, "mistakes.chain_rule.left_out",
    "All that comes by way of one quantity was left out of the sum.",
    "what comes by way of {factor} is left out{where}",
    (
        Example(
            "h = w * x; k = h * z; m = w * u; E = h * exp(k) + m * sin(w)",
            "w",
            "sin(w) * u + m * cos(w)",
            "what comes by way of ∂h/∂w = x is left out",
        ),
    ),
)
PATH_LEFT_OUT = Row(Kind.PATH, Likelihood.FREQUENT, "mistakes.chain_rule._paths",
    "One path was left out of the sum over all.",
    "the path {path} is left out{where}",
    (Example("h = w * x; k = w * z; E = h * exp(k)", "w", "exp(k) * x", "the path E → k → w is left out"),),
)
ONLY_PATH = Row(Kind.PATH, Likelihood.FREQUENT, "mistakes.chain_rule._paths",
    "Of several paths one alone was counted.",
    "only the path {path} is counted{where}",
    (
        Example(
            "h = w * x; k = w * z; l = w * u; E = h * k * l", "w", "k * l * x", "only the path E → h → w is counted"
        ),
    ),
)
NO_DEPENDENCE = Row(Kind.PATH, Likelihood.COMMON, "mistakes.fitting._nothing",
    "The chain goes by way of a quantity that does not depend on the next.",
    "{derivative} is 0: {of} does not depend on {wrt}",
    (Example(LAYER, "w2", "∂E/∂o * ∂o/∂a_h1 * ∂a_h1/∂h1 * ∂h1/∂w2", "∂h1/∂w2 is 0: h1 does not depend on w2"),),
)

# --- one thing changed in a formula --------------------------------------------------------------------------------

SWAP = Row(Kind.SWAP, Likelihood.OCCASIONAL, "mistakes.edits._swaps",
    "One name was written where another belongs, everywhere or in some of its places.",
    "{wrong} where {right} belongs{after}",
    (
        Example(LAYER, "w3", "(o - t) * a_h2", "a_h2 where a_h1 belongs"),
        Example(LAYER, "w4", "(w3 * a_h1 + w4 * a_h1 - t) * a_h2", "a_h1 where a_h2 belongs (in "),
    ),
    "{right} where {wrong} belongs{before}",
)
FACTOR = Row(Kind.FACTOR_LEFT_OUT, Likelihood.OCCASIONAL, "mistakes.edits._products",
    "A factor was left out, or is one too many.",
    "{part} is left out",
    (
        Example(CUBE, "w", "3 * (x + u)**2 * x", "the factor w is left out"),
        Example(CUBE, "w", "3 * (w * x + u)**2 * x * w", "the factor w is one too many"),
    ),
    "{part} is one too many",
)
TERM = Row(
    Kind.PATH,
    Likelihood.UNCOMMON,
    "mistakes.edits._sums",  # a term of a gradient is what comes by some paths
    "A term was left out, or is one too many.",
    "{part} is left out",
    (
        Example(CUBE, "w", "3 * (w * x)**2 * x", "the term u is left out"),
        Example(CUBE, "w", "3 * (w * x + u + x)**2 * x", "the term x is one too many"),
    ),
    "{part} is one too many",
)
DIVISOR = Row(Kind.DIVISOR_LEFT_OUT, Likelihood.UNCOMMON, "mistakes.edits._quotients",
    "A divisor was left out, or is one too many.",
    "{part} is left out",
    (
        Example("E = (w / x + u)**3", "w", "3 * (w + u)**2 / x", "the divisor x is left out"),
        Example(CUBE, "w", "3 * (w * x / u + u)**2 * x", "the divisor u is one too many"),
    ),
    "{part} is one too many",
)
DIVISION = Row(Kind.DIVISION, Likelihood.RARE, "mistakes.edits._quotients",
    "A multiplication was written for a division.",
    "times {divisor} where divided by {divisor} belongs",
    (
        Example("E = w * x / (z + u)", "w", "x * (z + u)", "times z + u where divided by z + u belongs"),
        Example("E = w * x * z", "w", "x / z", "divided by z where times z belongs"),
    ),
    "divided by {divisor} where times {divisor} belongs",
)
SIGN_OF_A_TERM = Row(Kind.SIGN, Likelihood.UNCOMMON, "mistakes.edits._sums",
    "The sign of a term is wrong.",
    "{wrong} where {right} belongs",
    (Example("E = (w * x - z)**2 * u", "w", "2 * (w * x + z) * x * u", "w*x + z where w*x - z belongs"),),
    "{right} where {wrong} belongs",
)
MINUS = Row(Kind.SIGN, Likelihood.OCCASIONAL, "mistakes.edits._minus",
    "A minus sign was left out, or is one too many.",
    "a minus sign is left out",
    (
        Example("E = exp(-w) * z", "w", "-exp(w) * z", "a minus sign is left out"),
        Example("E = exp(w) * z", "w", "exp(-w) * z", "a minus sign is one too many"),
    ),
    "a minus sign is one too many",
)
EXPONENT = Row(Kind.EXPONENT, Likelihood.UNCOMMON, "mistakes.edits._exponents",
    "An exponent is one off, or was left out, or has the wrong sign.",
    "{wrong} where {right} belongs",
    (Example("E = w**4 * x", "w", "4 * w**4 * x", "w^4 where w^3 belongs"),),
    "{right} where {wrong} belongs",
)
NUMBER = Row(Kind.NUMBER, Likelihood.UNCOMMON, "mistakes.edits.another_number",
    "One number was written where another belongs.",
    "{wrong} where {right} belongs",
    (Example("E = w**2 * x + w * z", "w", "3 * w * x + z", "3 where 2 belongs"),),
    "{right} where {wrong} belongs",
)
FUNCTION = Row(Kind.FUNCTION, Likelihood.RARE, "mistakes.edits._operations",
    "One function was written for another.",
    "{wrong} where {right} belongs",
    (Example("E = sin(w) * x", "w", "sin(w) * x", "sin where cos belongs"),),
    "{right} where {wrong} belongs",
)
FUNCTION_LEFT_OUT = Row(Kind.FUNCTION_LEFT_OUT, Likelihood.RARE, "mistakes.edits._operations",
    "A function was left out, or is one too many.",
    "the function {function} is left out",
    (
        Example("E = sin(w) * x", "w", "w * x", "the function cos is left out"),
        Example("E = w * x * z", "w", "exp(x) * z", "the function exp is one too many"),
    ),
    "the function {function} is one too many",
)
BRACKETS_PUT_IN = Row(Kind.BRACKETS, Likelihood.FREQUENT, "mistakes.brackets.put_in",
    "Brackets were put around a sum where none belong.",
    "brackets stand {around} that do not belong there",
    (Example("E = w * (x * z - u)", "w", "x * (z - u)", "brackets stand around z - u that do not belong there"),),
    "brackets are missing {around}",
)
BRACKETS_TAKEN_OFF = Row(Kind.BRACKETS, Likelihood.FREQUENT, "mistakes.brackets.taken_off",
    "Brackets around a sum were left out.",
    "brackets are missing {around}",
    (Example("E = w * (x * (z - u))", "w", "x * z - u", "brackets are missing around z - u"),),
    "brackets stand {around} that do not belong there",
)

# fmt: on
ROWS = {name: row for name, row in list(globals().items()) if isinstance(row, Row)}
