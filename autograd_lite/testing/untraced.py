"""Code that Hypothesis neither watches, in its search for the lines to blame, nor counts in its deadline."""

import functools
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, ParamSpec, TypeVar

__all__ = ["untimed", "untraced"]

WATCHER = "scrutineer"  # the part of Hypothesis that watches, and the name under which Python knows it
TOOLS = range(6)  # that Python may have
CHECKS = "execute:check of a gradient"
P = ParamSpec("P")
T = TypeVar("T")


def untraced(f: Callable[P, T]) -> Callable[P, T]:
    """Return `f`, run without being watched by Hypothesis.

    Once a test has failed, Hypothesis notes every line that runs, to say which were run by failing examples only. A
    check runs hundreds of thousands of lines, so that it took forty times as long, and the lines named were its own.
    Debuggers and measures of coverage go on: they are other watchers.
    """

    @functools.wraps(f)
    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        __tracebackhide__ = True
        with _unwatched():
            return f(*args, **kwargs)

    return run


def untimed(f: Callable[P, T]) -> Callable[P, T]:
    """Return `f`, whose time does not count for the deadline of a test, as that of drawing does not.

    A check calls a function hundreds of times, and more often where that is needed: its time is no sign of a fault.
    """

    @functools.wraps(f)
    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        __tracebackhide__ = True
        start = time.perf_counter()
        try:
            return f(*args, **kwargs)
        finally:
            _excuse(time.perf_counter() - start)

    return run


def _excuse(seconds: float) -> None:
    """Count so many seconds among those of drawing, if a test of Hypothesis runs, and keeps that count."""
    control: Any = sys.modules.get("hypothesis.control")
    if control and control.currently_in_test_context():
        times = getattr(control.current_build_context().data, "draw_times", None)
        if isinstance(times, dict):
            times[CHECKS] = times.get(CHECKS, 0.0) + seconds


@contextmanager
def _unwatched() -> Iterator[None]:
    tracer = sys.gettrace()
    if getattr(tracer, "__module__", "").endswith(f".{WATCHER}"):
        sys.settrace(None)
        try:
            yield
        finally:
            sys.settrace(tracer)
        return
    monitoring: Any = getattr(sys, "monitoring", None)  # Python 3.12 and newer
    tool = next((k for k in TOOLS if monitoring and monitoring.get_tool(k) == WATCHER), None)
    if tool is None:
        yield
        return
    events = monitoring.get_events(tool)
    monitoring.set_events(tool, 0)
    try:
        yield
    finally:
        monitoring.set_events(tool, events)
