"""A property of functions of numbers and arrays: their gradients agree with differences, wherever they are drawn."""

import functools
import inspect
from collections.abc import Callable, Mapping
from typing import Any

from hypothesis import assume, event, given
from hypothesis.strategies import SearchStrategy

from autograd_lite.testing.gradients.check import GradientError, GradientReport, check_gradient
from autograd_lite.testing.gradients.reproduction import LONGEST, as_code
from autograd_lite.testing.untraced import untraced

__all__ = ["gradient_property"]

_BY_NAME = {inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY}
_SINGLE = {*_BY_NAME, inspect.Parameter.POSITIONAL_ONLY}


def gradient_property(
    options: Mapping[str, Any] | None = None, /, **strategies: SearchStrategy[Any]
) -> Callable[[Callable[..., Any]], Callable[..., None]]:
    """Turn a function into a test: its gradient agrees with finite differences, wherever its arguments are drawn.

    Args:
        options: options of `check_gradient`, such as `{"second_order": True}`, or `{"gradient": slopes}` with a
            function of the same arguments that gives the gradient to check. Slopes of which differences are too
            uncertain to say anything, as far out on a sine, fail only if `"allow_inconclusive"` is False. A point
            at which nothing can be said is no example, as with `hypothesis.assume`: where there are hardly any others
            the test fails. The statistics of hypothesis tell how many there were.
        strategies: where to draw each argument, by name: numbers, and also arrays, lists and dicts of arrays, as
            those of `hypothesis.extra.numpy` are drawn. Arguments without one are for pytest to give: fixtures,
            parameters of `pytest.mark.parametrize`; they are passed on as they are.

    The function is written with operators and the functions of `autograd_lite`, and need not test anything itself:

    >>> from autograd_lite import exp, log
    >>> from autograd_lite.testing import floats, gradient_property
    >>> @gradient_property(x=floats("log", reach=100.0), y=floats("exp", reach=10.0))
    ... def test_mine(x, y):
    ...     return log(x) * exp(y)
    >>> test_mine()

    Arrays have the shapes that hypothesis draws; those that belong together are drawn as one argument:

    >>> import numpy as np
    >>> from hypothesis import strategies as st
    >>> from hypothesis.extra.numpy import arrays
    >>> def pairs(n):
    ...     return st.tuples(*[arrays(float, n, elements=floats("sin", reach=10.0))] * 2)
    >>> @gradient_property({"gradient": lambda ab: (ab[1], ab[0])}, ab=st.integers(1, 4).flatmap(pairs))
    ... def test_product(ab):
    ...     return float(ab[0] @ ab[1])
    >>> test_product()

    A test that fails names the numbers; `test_mine.check(x=0.5, y=-1.0)` looks at a point again, without hypothesis,
    and returns the report. `hypothesis.settings` and `hypothesis.example` go on top, as on any test of hypothesis. The
    time of checks does not count for its deadline.

    Raises `TypeError` if there is no strategy, or one that the function has no argument for that can be given by name.
    """
    if not strategies:
        raise TypeError("gradient_property takes a strategy for each argument: @gradient_property(x=floats('log'))")
    chosen = {"allow_inconclusive": True, **(options or {})}

    def decorate(f: Callable[..., Any]) -> Callable[..., None]:
        name = getattr(f, "__name__", None) or f"a {type(f).__name__}"  # functools.partial, an object that is called
        signature = inspect.signature(f)
        parameters = signature.parameters.values()
        needed = {*strategies, *(one.name for one in parameters if one.default is one.empty and one.kind in _SINGLE)}
        by_name = [one for one in parameters if one.kind in _BY_NAME and one.name in needed]
        wrong = needed - {one.name for one in by_name}
        if wrong:
            there = ", ".join(signature.parameters)
            raise TypeError(f"of the arguments {there} of {name}, none called {min(wrong)!r} can be given by name")
        # What else has a default value, as arguments of functools.partial have, is left to it.
        signature = signature.replace(parameters=[one.replace(default=one.empty) for one in by_name])

        def check(*positional: Any, **named: Any) -> GradientReport:
            """Check the gradient at the point that the arguments of the function are, and return the report."""
            arguments = signature.bind(*positional, **named).arguments
            at = {name: arguments.pop(name) for name in strategies}
            function = functools.partial(f, **arguments)
            function.__name__ = name  # type: ignore[attr-defined]
            return check_gradient(function, at, **{**chosen, "raises": False})

        @untraced
        def judge(*positional: Any, **named: Any) -> None:
            __tracebackhide__ = True
            report = check(*positional, **named)
            if report.inconclusive:
                event("differences are too uncertain to say anything")
            if not report.ok:
                assume(report.wrong or not chosen["allow_inconclusive"])
                raise _with_code(GradientError(report), name, signature.bind(*positional, **named).arguments)

        @functools.wraps(f)
        def test(*positional: Any, **named: Any) -> None:
            __tracebackhide__ = True
            judge(*positional, **named)

        test.__signature__ = signature  # type: ignore[attr-defined]
        drawn = given(**strategies)(test)
        drawn.check = check  # type: ignore[attr-defined]
        return drawn

    return decorate


def _with_code(error: GradientError, name: str, arguments: Mapping[str, Any]) -> GradientError:
    """Add code to paste that looks at the point again, if its numbers can be written."""
    try:
        given = ", ".join(f"{key}={as_code(x)}" for key, x in arguments.items())
    except TypeError:  # a fixture, or the object of a method
        return error
    if len(given) <= LONGEST:
        error.add_note(f"The same check as code:\n{name}.check({given})")
    return error
