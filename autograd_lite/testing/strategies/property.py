"""A property of functions of scalars: their gradients agree with differences, wherever they are drawn."""

import functools
import inspect
from collections.abc import Callable, Mapping
from typing import Any

from hypothesis import assume, event, given
from hypothesis.strategies import SearchStrategy

from autograd_lite.testing.gradients.check import check_gradient

__all__ = ["gradient_property"]

_BY_NAME = {inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY}
_SINGLE = {*_BY_NAME, inspect.Parameter.POSITIONAL_ONLY}


def gradient_property(
    options: Mapping[str, Any] | None = None, /, **strategies: SearchStrategy[Any]
) -> Callable[[Callable[..., Any]], Callable[..., None]]:
    """Turn a function of scalars into a test: its gradient agrees with finite differences, wherever it is drawn.

    Args:
        options: options of `check_gradient`, such as `{"second_order": True}`. Slopes of which differences are too
            uncertain to say anything, as far out on a sine, fail only if `"allow_inconclusive"` is False. A point
            at which nothing can be said is no example, as with `hypothesis.assume`: where there are hardly any others
            the test fails. The statistics of hypothesis tell how many there were.
        strategies: where to draw each argument, by name. Arguments without one are for pytest to give: fixtures,
            parameters of `pytest.mark.parametrize`; they are passed on as they are.

    The function is written with operators and the functions of `autograd_lite`, and need not test anything itself:

    >>> from autograd_lite import exp, log
    >>> from autograd_lite.testing import floats, gradient_property
    >>> @gradient_property(x=floats("log", reach=100.0), y=floats("exp", reach=10.0))
    ... def test_mine(x, y):
    ...     return log(x) * exp(y)
    >>> test_mine()

    `hypothesis.settings` and `hypothesis.example` go on top, as on any test of hypothesis. When a test fails, it tries
    for long which lines are to blame, and names lines of the check itself: `settings(phases=set(Phase) -
    {Phase.explain})` does without.

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

        @functools.wraps(f)
        def test(*positional: Any, **named: Any) -> None:
            __tracebackhide__ = True
            arguments = signature.bind(*positional, **named).arguments
            at = {name: arguments.pop(name) for name in strategies}
            function = functools.partial(f, **arguments)
            function.__name__ = name  # type: ignore[attr-defined]
            report = check_gradient(function, at, **chosen)
            if report.inconclusive:
                event("differences are too uncertain to say anything")
                assume(len(report.inconclusive) < len(report.slopes))

        test.__signature__ = signature  # type: ignore[attr-defined]
        return given(**strategies)(test)

    return decorate
