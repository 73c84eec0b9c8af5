"""The README holds: its example runs and prints what it says, its two commands stand first, its claims are true."""

import contextlib
import gc
import io
import re
import shlex
from pathlib import Path
from urllib.parse import urlparse

import micrograd.engine
import pytest
from drawing import texts

from autograd_lite import Value, draw
from autograd_lite.examples import EXAMPLES, era_s6

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language):
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


def test_the_example_prints_what_the_readme_says():
    """The code block, run as it stands, prints the text block below it."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(blocks("python")[0], {})
    assert printed.getvalue() == blocks("text")[0]


def test_the_example_is_short():
    """It is twelve lines at the most, blank ones aside."""
    assert len(blocks("python")[0].split("\n\n")[1].splitlines()) <= 12


def test_the_two_commands_come_first_and_are_one_line_each():
    """The first sh block runs the main job, the second the tests; each is one line that needs git and Python alone."""
    main, tests = blocks("sh")[:2]
    for block in (main, tests):
        assert block.count("\n") == 1
        assert shlex.split(block)[:3] == ["python3", "-m", "venv"]
    assert shlex.split(main)[-3:] == [".venv/bin/autograd-lite", "example", "mazur"]
    assert shlex.split(tests)[-5:] == [".venv/bin/python", "-m", "pytest", "-n", "auto"]


def test_the_pictures_exist_and_are_drawn_by_the_code():
    """Each picture is in the repository, and is what the code draws now (the layout engine's numbers aside)."""
    pictures = re.findall(r"!\[[^\]]*\]\(([^)]+)\)", README)
    assert pictures
    example = era_s6()
    net = example.network()
    loss = example.loss(net)
    loss.backward()
    drawn = {"gradient-w1.svg": draw.gradient(loss, net["w1"]), "network.svg": draw.network(net, loss)}

    for picture in pictures:
        path = ROOT / picture
        assert sorted(texts(path.read_text(encoding="utf-8"))) == sorted(texts(drawn[path.name].svg(engine="pure")))


def test_links_lead_somewhere():
    """Links into the repository name files that exist."""
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        if not urlparse(target).scheme:
            assert (ROOT / target).exists(), target


def test_examples_that_are_named_exist():
    """The examples in the commands are known."""
    for name in re.findall(r"autograd-lite (?:example|sweep|explain) ([\w-]+)(?![\w.-])", README):
        assert name in EXAMPLES


def _twice(value):
    x = value(3.0)
    y = (x * x) * x
    y.backward()
    once = x.grad
    y.backward()
    return x.grad / once


def test_what_is_said_of_a_second_backward():
    """A second backward() doubles our leaves; micrograd's get more than that."""
    assert _twice(Value) == 2.0
    assert _twice(micrograd.engine.Value) > 2.0


def _edited(value):
    x = value(3.0)
    y = (x * x) * x
    x.data = 5.0
    y.backward()
    return x.grad


def test_what_is_said_of_edits():
    """After an edit of data we raise; micrograd gives a number that is the slope neither here nor there."""
    with pytest.raises(RuntimeError, match="was changed after"):
        _edited(Value)
    assert _edited(micrograd.engine.Value) not in {27.0, 75.0}


def test_what_is_said_of_deep_graphs():
    """A chain of 100,000 operations is fine with us, and too deep for micrograd's recursion."""

    def chain(value):
        y = x = value(1.0)
        for _ in range(100_000):
            y = y + 1.0
        y.backward()
        return x.grad

    assert chain(Value) == 1.0
    with pytest.raises(RecursionError):
        chain(micrograd.engine.Value)


def _left_to_the_collector(value):
    """How many objects of a dropped graph only the cyclic collector can free."""
    gc.collect()
    gc.disable()
    try:
        y = value(1.0)
        for _ in range(50):
            y = y * y + 1.0
        y.backward()
        del y
        return gc.collect()
    finally:
        gc.enable()


def test_what_is_said_of_memory():
    """A dropped graph of ours is gone at once; micrograd's waits for the cyclic collector."""
    assert _left_to_the_collector(Value) == 0
    assert _left_to_the_collector(micrograd.engine.Value) > 100
