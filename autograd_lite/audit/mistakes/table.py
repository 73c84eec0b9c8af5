"""The mistakes that are recognised, one row each. One loop tests them all: tests/audit/test_mistakes_table.py."""

from autograd_lite.audit.mistakes.rows import Example, Kind, Likelihood, Row

__all__ = ["ROWS"]

SQUARE = "h1 = w1 * x1 + w2 * x2; a_h1 = sigmoid(h1); E = (a_h1 - t)**2"
LAYER = (
    "h1 = w1 * x1; h2 = w2 * x1; a_h1 = sigmoid(h1); a_h2 = sigmoid(h2); o = w3 * a_h1 + w4 * a_h2; E = (o - t)**2 / 2"
)
DEEP = "h1 = w1 * x1; a_h1 = sigmoid(h1); h2 = w2 * x1; a_h2 = sigmoid(h2); E = a_h1 * a_h2 * w3 + exp(w1 * t)"
TWO_PATHS = "h = w * x; k = w * z; E = h * k"
TANH = "h = w * x; a = tanh(h); E = a * z"

# --- numbers -------------------------------------------------------------------------------------------------------

LAST_DIGIT = Row(
    Kind.LAST_DIGIT,
    "The last digit was cut off, or rounded the wrong way.",
    "notation.numbers.last_digit",
    Likelihood.SLIP,
    "right but for the last digit: {how}",
    (Example("E = w * x", "w", "0.69", "right but for the last digit: cut off instead of rounded to 0.70"),),
)
COPIED = Row(
    Kind.SLIP,
    "A digit was copied wrongly, or two digits were exchanged.",
    "notation.numbers.slips",
    Likelihood.FREQUENT,
    "{slip}",
    (Example("E = w * x", "w", "0.9678", "two digits are exchanged, 96 for 69"),),
)
NOT_COMPUTED = Row(
    Kind.NOT_COMPUTED,
    "The gradient was read before it was computed.",
    "mistakes.search.of_number",
    Likelihood.EVIDENT,
    "a gradient is 0.0 before backward() has run",
    (Example("E = w * x", "w", "0.0", "a gradient is 0.0 before backward() has run"),),
)
EXCHANGED = Row(
    Kind.EXCHANGED,
    "Two rows were written in each other's place.",
    "claims._explained_together",
    Likelihood.SLIP,
    "exchanged with {other}: each is the gradient of the other",
    (),  # it takes two rows: test_exchanged_rows
)
WRONG_SIGN = Row(
    Kind.SIGN,
    "The sign of the whole gradient is wrong.",
    "mistakes.hunt.Hunt._overall",
    Likelihood.EVIDENT,
    "the sign is wrong",
    (Example(SQUARE, "w1", "-2 * (a_h1 - t) * a_h1 * (1 - a_h1) * x1", "the sign is wrong"),),
)
TWICE_OR_HALF = Row(
    Kind.FACTOR,
    "A factor 2 is missing, or is one too many.",
    "mistakes.hunt.Hunt._overall",
    Likelihood.COMMON,
    "it is {times} the gradient{halved}",
    (Example(SQUARE, "w1", "(a_h1 - t) * a_h1 * (1 - a_h1) * x1", "it is half the gradient"),),
)
TWICE_OR_HALF_AND_SIGN = Row(
    Kind.FACTOR,
    "A factor 2 and the sign are wrong.",
    "mistakes.hunt.Hunt._overall",
    Likelihood.RARE,
    "it is {times} the gradient, and the sign is wrong",
    (Example(SQUARE, "w1", "(t - a_h1) * a_h1 * (1 - a_h1) * x1", "it is half the gradient, and the sign is wrong"),),
)
MEAN_OR_SUM = Row(
    Kind.FACTOR,
    "A sum was taken for a mean, or a mean for a sum.",
    "mistakes.hunt.Hunt._overall",
    Likelihood.UNCOMMON,
    "it is {times} the gradient, as a {wrong} of {count} is of their {right}",
    (
        Example(
            "E = tanh(w) * x", "w", "= 3 * (1 - tanh(w)**2) * x", "it is three times the gradient, as a sum of 3 is"
        ),
    ),
)
DECIMAL_POINT = Row(
    Kind.DECIMAL_POINT,
    "The decimal point stands one or two places too far to the left or right.",
    "mistakes.hunt.Hunt._overall",
    Likelihood.FREQUENT,
    "it is {times} the gradient: the decimal point",
    (
        Example(
            "E = tanh(w) * x", "w", "= 10 * (1 - tanh(w)**2) * x", "it is ten times the gradient: the decimal point"
        ),
    ),
)
SOME_FACTOR = Row(
    Kind.FACTOR,
    "The whole gradient is multiplied by some number.",
    "mistakes.search._ratio",
    Likelihood.FAR_FETCHED,
    "it is {ratio} times the gradient",
    (Example("E = w * x", "w", "1.37 * x", "it is 1.37 times the gradient"),),
)
TIMES_THE_RATE = Row(
    Kind.LEARNING_RATE,
    "The gradient was multiplied by the learning rate.",
    "mistakes.hunt.Hunt._overall",
    Likelihood.COMMON,
    "it is multiplied by a learning rate of {rate}",
    (Example(SQUARE, "w1", "= 0.05 * 2 * (a_h1 - t) * a_h1 * (1 - a_h1) * x1", "a learning rate of 0.05"),),
)
STEP = Row(
    Kind.LEARNING_RATE,
    "The step of an update was given, not the gradient.",
    "mistakes.hunt.Hunt._overall",
    Likelihood.FREQUENT,
    "it is the step of an update, -{rate} times the gradient",
    (Example(SQUARE, "w1", "= -0.05 * 2 * (a_h1 - t) * a_h1 * (1 - a_h1) * x1", "-0.05 times the gradient"),),
)
UPDATED_WEIGHT = Row(
    Kind.UPDATED_WEIGHT,
    "The weight after an update was given, not its gradient.",
    "mistakes.hunt.Hunt._overall",
    Likelihood.EVIDENT,
    "it is {name} after an update{wrong} with learning rate {rate}, not its gradient",
    (Example(SQUARE, "w1", "= w1 - 0.1 * 2 * (a_h1 - t) * a_h1 * (1 - a_h1) * x1", "it is w1 after an update"),),
)
UPDATED_FIRST = Row(
    Kind.UPDATED_FIRST,
    "Weights that the gradient is computed with had been updated already.",
    "mistakes.hunt.Hunt._too_early",
    Likelihood.OCCASIONAL,
    "{weights} had been updated already (learning rate {rate}) when it was computed",
    (
        Example(
            "h = w1 * x; E = h * w2", "w1", "= (w2 - 0.5 * h) * x", "w2 had been updated already (learning rate 0.5)"
        ),
    ),
)
A_STEP_LATE = Row(
    Kind.UPDATED_FIRST,
    "The gradient was computed after the update, with all weights new.",
    "mistakes.hunt.Hunt._too_early",
    Likelihood.UNCOMMON,
    "it is the gradient after an update of all weights (learning rate {rate})",
    (
        Example(
            "E = (w * x - t)**2", "w", "= (2 * x) * ((w - 0.5 * 2 * (w * x - t) * x) * x - t)", "after an update of all"
        ),
    ),
)
OTHER_GRADIENT = Row(
    Kind.OTHER_GRADIENT,
    "The gradient of another quantity was given.",
    "mistakes.hunt.Hunt._other",
    Likelihood.COMMON,
    "it is the gradient of {name}{symbol}",
    (Example(SQUARE, "w1", "2 * (a_h1 - t) * a_h1 * (1 - a_h1) * x2", "it is the gradient of w2, ∂E/∂w2"),),
)
VALUE = Row(
    Kind.VALUE,
    "The number of a quantity was given, not a gradient.",
    "mistakes.hunt.Hunt._other",
    Likelihood.UNCOMMON,
    "it is the value of {name}, not a gradient",
    (Example(SQUARE, "w1", "w1", "it is the value of w1, not a gradient"),),
)

# --- the chain rule ------------------------------------------------------------------------------------------------

SLOPE_LEFT_OUT = Row(
    Kind.ACTIVATION,
    "The derivative of an activation, or of another function, was left out of the chain.",
    "mistakes.chain_rule.left_out",
    Likelihood.FREQUENT,
    "{function}, {factor}, is left out{where}",
    (Example(TANH, "w", "z * x", "the derivative of an activation, ∂a/∂h = 1 - a^2, is left out"),),
)
LAYER_LEFT_OUT = Row(
    Kind.ACTIVATION,
    "The derivatives of all activations of a layer were left out.",
    "mistakes.chain_rule._activations",
    Likelihood.FREQUENT,
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
OTHER_SLOPE = Row(
    Kind.ACTIVATION,
    "Something else was taken for the derivative of an activation.",
    "mistakes.chain_rule._slopes",
    Likelihood.UNCOMMON,
    "{derivative} is taken for {wrong}{where}",
    (Example(TANH, "w", "z * a * (1 - a) * x", "∂a/∂h is taken for a * (1 - a), the derivative of the sigmoid"),),
)
LINK_LEFT_OUT = Row(
    Kind.FACTOR_LEFT_OUT,
    "A local derivative was left out of the chain.",
    "mistakes.chain_rule.left_out",
    Likelihood.FREQUENT,
    "the factor {factor} is left out{where}",
    (Example(LAYER, "w1", "(o - t) * a_h1 * (1 - a_h1) * x1", "the factor ∂o/∂a_h1 = w3 is left out"),),
)
LINK_SIGN = Row(
    Kind.SIGN,
    "A local derivative has the wrong sign.",
    "mistakes.chain_rule.left_out",
    Likelihood.UNCOMMON,
    "the factor {factor} has the wrong sign{where}",
    (Example("h = w * x; E = h * z - w * u", "w", "-x * z - u", "the factor ∂E/∂h = z has the wrong sign"),),
)
BRANCH_LEFT_OUT = Row(
    Kind.PATH,
    "All that comes by way of one quantity was left out of the sum.",
    "mistakes.chain_rule.left_out",
    Likelihood.UNCOMMON,
    "what comes by way of {factor} is left out{where}",
    (
        Example(
            "h = w * x; k = h * z; E = h * h + k * k + w * u", "w", "2 * k * z * x + u", "what comes by way of ∂E/∂h"
        ),
    ),
)
PATH_LEFT_OUT = Row(
    Kind.PATH,
    "One path was left out of the sum over all.",
    "mistakes.chain_rule._paths",
    Likelihood.FREQUENT,
    "the path {path} is left out{where}",
    (Example(TWO_PATHS, "w", "k * x", "the path E → k → w is left out"),),
)
ONLY_PATH = Row(
    Kind.PATH,
    "Of several paths one alone was counted.",
    "mistakes.chain_rule._paths",
    Likelihood.FREQUENT,
    "only the path {path} is counted{where}",
    (
        Example(
            "h = w * x; k = w * z; l = w * u; E = h * k * l", "w", "k * l * x", "only the path E → h → w is counted"
        ),
    ),
)
NO_DEPENDENCE = Row(
    Kind.PATH,
    "The chain goes by way of a quantity that does not depend on the next.",
    "mistakes.search._nothing",
    Likelihood.COMMON,
    "{derivative} is 0: {of} does not depend on {wrt}",
    (Example(LAYER, "w2", "∂E/∂o * ∂o/∂a_h1 * ∂a_h1/∂h1 * ∂h1/∂w2", "∂h1/∂w2 is 0: h1 does not depend on w2"),),
)

# --- one thing changed in a formula --------------------------------------------------------------------------------

SWAP = Row(
    Kind.SWAP,
    "One name was written where another belongs, everywhere or in some of its places.",
    "mistakes.edits._swaps",
    Likelihood.OCCASIONAL,
    "{wrong} where {right} belongs{after}",
    (
        Example(LAYER, "w3", "(o - t) * a_h2", "a_h2 where a_h1 belongs"),
        Example(LAYER, "w4", "(w3 * a_h1 + w4 * a_h2 - t) * a_h1", "a_h1 where a_h2 belongs (in "),
    ),
    "{right} where {wrong} belongs{before}",
)
FACTOR = Row(
    Kind.FACTOR_LEFT_OUT,
    "A factor was left out, or is one too many.",
    "mistakes.edits._products",
    Likelihood.OCCASIONAL,
    "{part} is left out",
    (
        Example("E = (w * x * z + u)**3", "w", "3 * (w * x * z + u)**2 * z", "the factor x is left out"),
        Example("E = exp(w * x)", "w", "exp(w * x) * x * w", "the factor w is one too many"),
    ),
    "{part} is one too many",
)
TERM = Row(
    Kind.PATH,  # a term of a gradient is what comes by some paths
    "A term was left out, or is one too many.",
    "mistakes.edits._sums",
    Likelihood.UNCOMMON,
    "{part} is left out",
    (
        Example("E = (w * w + x) * z + u * w", "w", "2 * w * z", "the term u is left out"),
        Example("E = w * x", "w", "x + z", "the term z is one too many"),
    ),
    "{part} is one too many",
)
DIVISOR = Row(
    Kind.DIVISOR_LEFT_OUT,
    "A divisor was left out, or is one too many.",
    "mistakes.edits._quotients",
    Likelihood.UNCOMMON,
    "{part} is left out",
    (
        Example("E = w / x", "w", "1", "the divisor x is left out"),
        Example("E = w * x", "w", "x / z", "the divisor z is one too many"),
    ),
    "{part} is one too many",
)
DIVISION = Row(
    Kind.DIVISION,
    "A multiplication was written for a division.",
    "mistakes.edits._quotients",
    Likelihood.RARE,
    "times {divisor} where divided by {divisor} belongs",
    (
        Example("E = w * x / (z + u)", "w", "x * (z + u)", "times z + u where divided by z + u belongs"),
        Example("E = w * x * z", "w", "x / z", "divided by z where times z belongs"),
    ),
    "divided by {divisor} where times {divisor} belongs",
)
SIGN_OF_A_TERM = Row(
    Kind.SIGN,
    "The sign of a term is wrong.",
    "mistakes.edits._sums",
    Likelihood.UNCOMMON,
    "{wrong} where {right} belongs",
    (Example("E = (w * x - z)**2 * u", "w", "2 * (w * x + z) * x * u", "w * x + z where w * x - z belongs"),),
    "{right} where {wrong} belongs",
)
MINUS = Row(
    Kind.SIGN,
    "A minus sign was left out, or is one too many.",
    "mistakes.edits._minus",
    Likelihood.OCCASIONAL,
    "a minus sign is left out",
    (
        Example("E = exp(-w * x) + w * z", "w", "exp(-w * x) * x + z", "a minus sign is left out"),
        Example("E = (w * x)**3 * z + w", "w", "-3 * (w * x)**2 * x * z + 1", "a minus sign is one too many"),
    ),
    "a minus sign is one too many",
)
EXPONENT = Row(
    Kind.EXPONENT,
    "An exponent is one off, or was left out, or has the wrong sign.",
    "mistakes.edits._exponents",
    Likelihood.UNCOMMON,
    "{wrong} where {right} belongs",
    (Example("E = w**4 * x", "w", "4 * w**4 * x", "w^4 where w^3 belongs"),),
    "{right} where {wrong} belongs",
)
NUMBER = Row(
    Kind.NUMBER,
    "One number was written where another belongs.",
    "mistakes.edits.another_number",
    Likelihood.UNCOMMON,
    "{wrong} where {right} belongs",
    (Example("E = w**2 * x + w * z", "w", "3 * w * x + z", "3 where 2 belongs"),),
    "{right} where {wrong} belongs",
)
FUNCTION = Row(
    Kind.FUNCTION,
    "One function was written for another.",
    "mistakes.edits._operations",
    Likelihood.RARE,
    "{wrong} where {right} belongs",
    (Example("E = sin(w) * x", "w", "sin(w) * x", "sin where cos belongs"),),
    "{right} where {wrong} belongs",
)
FUNCTION_LEFT_OUT = Row(
    Kind.FUNCTION_LEFT_OUT,
    "A function was left out, or is one too many.",
    "mistakes.edits._operations",
    Likelihood.RARE,
    "the function {function} is left out",
    (
        Example("E = sin(w) * x", "w", "w * x", "the function cos is left out"),
        Example("E = w * x * z", "w", "exp(x) * z", "the function exp is one too many"),
    ),
    "the function {function} is one too many",
)
BRACKETS_PUT_IN = Row(
    Kind.BRACKETS,
    "Brackets were put around a sum where none belong.",
    "mistakes.brackets.put_in",
    Likelihood.FREQUENT,
    "brackets stand {around} that do not belong there",
    (Example("E = w * (x * z - u)", "w", "x * (z - u)", "brackets stand around z - u that do not belong there"),),
    "brackets are missing {around}",
)
BRACKETS_TAKEN_OFF = Row(
    Kind.BRACKETS,
    "Brackets around a sum were left out.",
    "mistakes.brackets.taken_off",
    Likelihood.FREQUENT,
    "brackets are missing {around}",
    (Example("E = w * (x * (z - u))", "w", "x * z - u", "brackets are missing around z - u"),),
    "brackets stand {around} that do not belong there",
)

ROWS = {name: row for name, row in list(globals().items()) if isinstance(row, Row)}
