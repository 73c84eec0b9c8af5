"""Code that Hypothesis does not watch line by line when a test fails: its search for the lines to blame."""

import functools
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, ParamSpec, TypeVar

__all__ = ["untraced"]

WATCHER = "scrutineer"  # the part of Hypothesis that watches, and the name under which Python knows it
TOOLS = range(6)  # that Python may have
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
