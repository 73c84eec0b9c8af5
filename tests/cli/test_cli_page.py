"""`autograd-lite page`: a saved network or graph as one live page."""

import sys

import pytest

from autograd_lite import Network, Value
from autograd_lite.cli.app import run
from autograd_lite.storage import save_graph, save_network


@pytest.fixture
def cli(monkeypatch, capsys, tmp_path):
    """Run the command line in this process, in an empty folder; returns exit code, standard output and error."""
    monkeypatch.chdir(tmp_path)

    def call(*arguments):
        monkeypatch.setattr(sys, "argv", ["autograd-lite", "page", *arguments])
        code = run()
        return code, *capsys.readouterr()

    return call


def test_a_network(cli, tmp_path):
    """A saved network becomes a page, with the sample that is given."""
    save_network(Network([2, 3, 1], seed=1), tmp_path / "net.json")
    code, out, err = cli("net.json", "--inputs", "0.25,-1", "--targets", "1", "--lr", "0.1", "--out", "a.html")
    assert (code, out, err) == (0, f"Page: {(tmp_path / 'a.html').as_uri()}\n", "")
    text = (tmp_path / "a.html").read_text("utf-8")
    assert '"samples":[[0.25,-1.0,1.0]]' in text
    assert '"rate":0.1' in text
    assert cli("net.json")[0] == 0
    assert '"samples":[[0.5,0.5,0.5]]' in (tmp_path / "page.html").read_text("utf-8")


def test_a_graph(cli, tmp_path):
    """A saved graph becomes a page."""
    save_graph(Value(2.0, "x") * Value(3.0, "y"), tmp_path / "graph.json")
    assert cli("graph.json")[0] == 0
    assert "<h1>graph</h1>" in (tmp_path / "page.html").read_text("utf-8")


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("none.json",), 1, "none.json"),
        (("odd.json",), 1, "odd.json"),
        (("two.json",), 1, "has a graph of 2 results; one is due."),
        (("net.json", "--inputs", "1,2,3", "--targets", "1,2"), 2, "this network has 2 inputs, got 3 numbers"),
        (("net.json", "--inputs", "1,x"), 2, "numbers with commas between"),
        (("graph.json", "--inputs", "1"), 2, "this is a graph, which has its numbers in it"),
        (("large.json",), 1, "this network has 1,101 parameters; a page takes 500"),
    ],
)
def test_what_goes_wrong(arguments, code, words, cli, tmp_path):
    """Files that are missing, foreign or too large, and numbers that do not fit, are refused in words."""
    (tmp_path / "odd.json").write_text("{}")
    x = Value(1.0, "x")
    save_graph([x + 1.0, x + 2.0], tmp_path / "two.json")
    save_graph(x + 1.0, tmp_path / "graph.json")
    save_network(Network([2, 2]), tmp_path / "net.json")
    save_network(Network([9, 100, 1]), tmp_path / "large.json")
    found, out, err = cli(*arguments)
    assert (found, out) == (code, "")
    assert words in " ".join(err.replace("│", " ").split())
    assert not (tmp_path / "page.html").exists()
