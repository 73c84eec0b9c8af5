"""The thorough tier: what is only repetition of a test runs there, with `-m thorough` and its profile of Hypothesis."""

import os

__all__ = ["THOROUGH", "some"]

THOROUGH = os.environ.get("HYPOTHESIS_PROFILE") == "thorough"
"""Whether this is the thorough tier, as `.ci/run` has it."""


def some(cases, step):
    """All cases in the thorough tier, else each `step`-th."""
    cases = list(cases)
    return cases if THOROUGH else cases[::step]
