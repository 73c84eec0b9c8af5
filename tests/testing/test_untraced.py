"""Hypothesis does not watch the lines of a check when it looks for those to blame."""

import dataclasses
import inspect
import sys
from types import SimpleNamespace

import pytest
from hypothesis import Phase, control, settings
from hypothesis import strategies as st
from strategy_examples import CUBE

from autograd_lite.testing import assert_gradient, check_gradient, given, gradient_property, graphs, networks
from autograd_lite.testing.untraced import CHECKS, untraced


def test_no_line_of_the_package_is_blamed():
    """What hypothesis shows of a failing test is the example, and no line of the check nor of what draws."""
    bad = dataclasses.replace(CUBE, partials=lambda y, x: 3.0 * x * x + (1.0 if x > 0.5 else 0.0))

    @settings(database=None, derandomize=True, max_examples=12, phases=set(Phase))
    @given(graphs(1, 1, ops=[bad]))
    def mine(g):
        assert_gradient(g)

    with pytest.raises(AssertionError) as caught:
        mine()
    shown = "\n".join(caught.value.__notes__)
    assert "root = cube(x)" in shown
    assert "autograd_lite" not in shown


def test_the_property_blames_no_line_either():
    """A failing `gradient_property` shows the example, and no line of the package."""

    @settings(database=None, derandomize=True, max_examples=12, phases=set(Phase))
    @gradient_property({"gradient": lambda x: 2.0 * x + (x > 1.0)}, x=st.floats(0.0, 3.0))
    def mine(x):
        return x * x

    with pytest.raises(AssertionError) as caught:
        mine()
    shown = "\n".join(caught.value.__notes__)
    assert "mine.check(x=" in shown
    assert "autograd_lite" not in shown


@pytest.mark.parametrize("fails", [False, True])
def test_the_time_of_a_check_is_excused(monkeypatch, fails):
    """What a check takes counts as time of drawing, and so not for the deadline; outside of hypothesis, for nothing."""
    clock = iter(range(0, 10**6, 5))
    monkeypatch.setattr("autograd_lite.testing.untraced.time", SimpleNamespace(perf_counter=lambda: next(clock)))
    seen = []

    @settings(database=None, max_examples=3, deadline=10**9, phases=[Phase.generate])
    @given(st.just(0.5))
    def mine(x):
        data = control.current_build_context().data
        check_gradient(lambda x: x * x, x, gradient=7.0 if fails else 1.0, raises=False)
        check_gradient(lambda x: x * x, x)
        seen.append(data.draw_times[CHECKS])

    mine()
    assert set(seen) == {10.0}
    assert check_gradient(lambda x: x * x, 0.5)


def test_no_deadline_is_met():
    """A check that takes longer than the deadline of hypothesis is no failure of the test."""

    @settings(database=None, max_examples=2, deadline=1, phases=[Phase.generate])
    @given(networks([2, 4, 1]))
    def mine(problem):
        assert_gradient(problem)

    mine()


class Watching:
    """What Python 3.12 and newer have: tools by number, with the events that each is told of."""

    def __init__(self, tools):
        self.tools = tools
        self.events = dict.fromkeys(tools, 32)
        self.get_events = self.events.__getitem__

    def get_tool(self, k):
        """The name of a tool, if there is one."""
        return self.tools.get(k)

    def set_events(self, k, events):
        """Tell a tool of these events."""
        self.events[k] = events


@pytest.mark.parametrize("fails", [False, True])
@pytest.mark.parametrize(
    ("tools", "inside"),
    [({3: "scrutineer"}, {3: 0}), ({1: "coverage", 4: "scrutineer"}, {1: 32, 4: 0}), ({1: "coverage"}, {1: 32})],
    ids=str,
)
def test_other_watchers_go_on(monkeypatch, tools, inside, fails):
    """Of the tools that Python calls, only that of hypothesis rests meanwhile, also where an error is raised."""
    watching = Watching(tools)
    monkeypatch.setattr(sys, "monitoring", watching, raising=False)
    seen = []

    def f(x):
        seen.append(dict(watching.events))
        if fails:
            raise KeyError(x)
        return x

    try:
        assert untraced(f)(3.0) == 3.0
    except KeyError:
        assert fails
    assert seen == [inside]
    assert watching.events == dict.fromkeys(tools, 32)


@pytest.mark.parametrize(("module", "rests"), [("hypothesis.internal.scrutineer", True), ("pdb", False)])
def test_functions_that_trace(monkeypatch, module, rests):
    """Before Python 3.12 tools set a function: that of hypothesis rests, that of a debugger does not."""

    def tracer(*_):
        return None

    tracer.__module__ = module
    current = [tracer]
    fake = SimpleNamespace(gettrace=lambda: current[-1], settrace=current.append)
    monkeypatch.setattr("autograd_lite.testing.untraced.sys", fake)
    assert untraced(lambda: current[-1])() is (None if rests else tracer)
    assert current[-1] is tracer


def test_the_signature_is_kept():
    """The function that is run unwatched looks as it did."""
    assert check_gradient.__name__ == "check_gradient"
    assert "second_order" in inspect.signature(check_gradient).parameters
