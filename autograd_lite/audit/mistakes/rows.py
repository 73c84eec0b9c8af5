"""What a row of the table of mistakes has: a kind, how it is made, its words, how likely it is, examples."""

from dataclasses import dataclass
from enum import Enum, StrEnum

__all__ = ["Example", "Kind", "Likelihood", "Row"]


class Kind(StrEnum):
    """What a mistake is about; equal to its text. Several rows of the table may be of one kind."""

    LAST_DIGIT = "last digit"
    SLIP = "slip"
    NOT_COMPUTED = "not computed"
    EXCHANGED = "exchanged"
    SIGN = "sign"
    FACTOR = "factor"
    DECIMAL_POINT = "decimal point"
    LEARNING_RATE = "learning rate"
    UPDATED_WEIGHT = "updated weight"
    UPDATED_FIRST = "updated first"
    OTHER_GRADIENT = "other gradient"
    VALUE = "value"
    PATH = "path"
    ACTIVATION = "activation"
    FACTOR_LEFT_OUT = "factor left out"
    DIVISOR_LEFT_OUT = "divisor left out"
    FUNCTION_LEFT_OUT = "function left out"
    FUNCTION = "function"
    SWAP = "swap"
    DIVISION = "division"
    EXPONENT = "exponent"
    NUMBER = "number"
    BRACKETS = "brackets"

    __repr__ = str.__repr__


class Likelihood(float, Enum):
    """How far-fetched a mistake is, in classes: of explanations that fit, the one with the least comes first."""

    SLIP = 0.5
    """A digit, or a row of the table."""
    EVIDENT = 1.0
    COMMON = 1.4
    FREQUENT = 1.8
    OCCASIONAL = 2.0
    UNCOMMON = 2.2
    RARE = 2.5
    FAR_FETCHED = 3.0


# What makes a mistake more far-fetched than its row says:
IN_TWO_PLACES = 0.2
"""Of a name that is swapped: two of its places, not all."""
IN_ONE_PLACE = 0.4
BEFORE_ITS_FUNCTION = 0.3
"""A quantity is taken for a function of it, as h1 for a_h1 = σ(h1), or the other way round."""
OTHER_LEAF = 0.8
"""A leaf is taken for one of another name."""
STRANGER = 2.0
"""A quantity is taken for one that is not like it at all."""
OTHER_FAMILY = 1.2
"""A number is that of a quantity of another name."""
UNLABELLED = 1.2
"""A path leads by way of nodes without a label."""
ALL_BUT_ONE = 0.4
"""All paths but one are left out."""
GUESSED_RATE = 0.3
"""No learning rate was given: it is one of the usual ones."""
WRONG_DIRECTION = 0.8
"""An update is made in the wrong direction too."""
SEVERAL_FACTORS = 0.8
"""A product of several factors is left out, not one."""
AND_A_FACTOR = 1.0
"""The sign of all is wrong too, or a factor 2."""
ONLY_WITHIN_TOLERANCE = 1.0
"""It fits with all of a tolerance, not to all digits."""

# How explanations are compared:
KEPT = 2.5
"""An explanation that is so much more far-fetched than the first is not kept."""
TWINS_KEPT = 0.7
"""Nor is one that gives the same number as another and is so much more far-fetched."""
IN_SEVERAL_ROWS = 1.0
"""So much less far-fetched is what explains another row of a table too."""


@dataclass(frozen=True)
class Example:
    """A wrong claim that a mistake explains."""

    graph: str
    """Definitions of the quantities, the result last; names that none defines are leaves."""
    wrt: str
    claim: str
    """A formula; "= " before one is to be computed, and its number claimed."""
    words: str
    """What is said of it."""


@dataclass(frozen=True)
class Row:
    """A mistake."""

    kind: Kind
    likelihood: Likelihood
    made_by: str
    """The function that makes it on purpose, with its module in `autograd_lite.audit`."""
    did: str
    """What the person did."""
    words: str
    """What is said of it; names in curly brackets are parts that its maker fills in."""
    examples: tuple[Example, ...]
    undone: str = ""
    """What is said of a claim if it is the change of the claim that gives the gradient; empty if that is not tried."""
