"""Hypothesis does not watch the lines of a check when it looks for those to blame."""

import dataclasses
import sys
from types import SimpleNamespace

import pytest
from hypothesis import Phase, settings
from strategy_examples import CUBE

from autograd_lite.testing import assert_gradient_agrees, check_gradient, given, graphs
from autograd_lite.testing.untraced import untraced


def test_no_line_of_the_package_is_blamed():
    """What hypothesis shows of a failing test is the example, and no line of the check nor of what draws."""
    bad = dataclasses.replace(CUBE, partials=lambda y, x: 3.0 * x * x + (1.0 if x > 0.5 else 0.0))

    @settings(database=None, derandomize=True, max_examples=30, phases=set(Phase))
    @given(graphs(1, 1, ops=[bad]))
    def mine(g):
        assert_gradient_agrees(g)

    with pytest.raises(AssertionError) as caught:
        mine()
    shown = "\n".join(caught.value.__notes__)
    assert "root = cube(x)" in shown
    assert "autograd_lite" not in shown


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
    assert "second_order" in check_gradient.__wrapped__.__kwdefaults__
