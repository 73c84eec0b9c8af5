"""Networks of one's own on the command line: `explain`, `draw`, `train` and `page` of a file."""

import csv
import json
import re
import shlex
import sys
import webbrowser
from pathlib import Path

import pytest

import autograd_lite
from autograd_lite import Network, Value, explain
from autograd_lite.cli import own
from autograd_lite.cli.app import app, run
from autograd_lite.examples import EXAMPLES, mazur
from autograd_lite.history import Stopped
from autograd_lite.storage import load_task, save_graph, save_network
from autograd_lite.storage.task import _TYPES as TYPES
from autograd_lite.train import data_loss, train

DOCS = (Path(autograd_lite.__file__).parents[1] / "docs" / "command-line.md").read_text("utf-8")
WRITTEN = re.search(r"```json\n(.*?)```", DOCS, re.DOTALL)[1]


@pytest.fixture
def cli(monkeypatch, capsys, tmp_path):
    """Run the command line in this process, in a folder with the network that the page about it shows."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    (tmp_path / "net.json").write_text(WRITTEN)

    def call(*arguments):
        monkeypatch.setattr(sys, "argv", ["autograd-lite", *arguments])
        code = run()
        return code, *capsys.readouterr()

    return call


def test_the_page_about_it(cli, tmp_path, monkeypatch):
    """The file and the commands that the documentation shows work; the network of the file is Mazur's."""
    opened = []
    monkeypatch.setattr(webbrowser, "open", lambda address: opened.append(address) or True)
    (commands,) = re.findall(r"```sh\n(.*?)```", DOCS, re.DOTALL)
    for command in commands.splitlines():
        program, *arguments = shlex.split(command)
        assert program == "autograd-lite"
        code, _, err = cli(*arguments)
        assert (code, err) == (0, ""), command
    assert opened == [(tmp_path / "training" / "index.html").as_uri()]
    with (tmp_path / "training" / "history.csv").open() as file:
        losses = [float(row["E_total"]) for row in csv.DictReader(file)]
    example = mazur()
    assert losses == example.train(example.network(), epochs=1000, progress=False)["E_total"]


def test_the_tables_about_it(cli):
    """The documentation has every command, and every member of a file."""
    first, second = (re.findall(r"^\| (`.*?) \|", table, re.MULTILINE) for table in DOCS.split("## A network"))
    assert {cell.strip("`").split()[0] for cell in first} | {"list"} == {
        command.name for command in app.registered_commands
    }
    assert {name.strip("`") for cell in second for name in cell.split(", ")} == set(TYPES)


def test_explain_several(cli):
    """`explain` of several weights explains each, as for an example of that name."""
    code, out, err = cli("explain", "net.json", "w1", "w5", "w1")
    assert (code, err) == (0, "")
    assert re.findall(r"^(∂E_total/∂w\d) = [+−]", out, re.MULTILINE) == ["∂E_total/∂w1", "∂E_total/∂w5"]
    assert out.partition("\n")[2] == cli("explain", "mazur", "w1", "w5")[1].partition("\n")[2]


@pytest.mark.parametrize(
    ("arguments", "asked"),
    [
        (("--form", "delta"), {"form": "delta"}),
        (("--form", "delta", "--names", "index", "--lr", "0.5"), {"form": "delta", "names": "index", "lr": 0.5}),
        (("--form", "matrix", "--lr", "0.5"), {"form": "matrix", "lr": 0.5}),
        (("--names", "index"), {"names": "index"}),
        (("w1", "--names", "index"), {"wrt": "w1", "names": "index"}),
        (("w1", "--form", "delta"), {"wrt": ["w1"], "form": "delta"}),
    ],
)
def test_explain_in_the_notation_of_courses(cli, monkeypatch, arguments, asked):
    """`explain` takes the forms and names of `explain()`, and prints the same."""
    monkeypatch.setenv("COLUMNS", "200")
    code, out, err = cli("explain", "mazur", *arguments)
    assert (code, err) == (0, "")
    example = EXAMPLES["mazur"]()
    root = data_loss(example.network(), [(example.inputs, example.targets)])
    assert out.partition("\n\n")[2] == f"{explain(root, **asked)}\n"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("mazur", "--form", "deltas"), "'--form': this is paths, delta or matrix; got 'deltas'"),
        (("mazur", "--names", "w"), "'--names': this is labels or index; got 'w'"),
        (("mazur", "--lr", "0.5"), "'--lr': updates are shown by --form delta and --form matrix"),
        (("mazur", "w1", "--form", "matrix"), "'WEIGHT': form='matrix' is about whole matrices"),
        (("baydin", "--form", "delta"), "form='matrix' take the graph of a Network"),
    ],
)
def test_wrong_forms(cli, arguments, told):
    """A form or names that there are not, and updates of paths, are told."""
    code, out, err = cli("explain", *arguments)
    assert (code, out) == (2, "")
    assert told in " ".join(err.split())


@pytest.mark.parametrize(
    ("arguments", "file", "begin"),
    [
        (("net.json",), "network.svg", b"<?xml"),
        (("net.json", "w1"), "gradient-w1.svg", b"<?xml"),
        (("mazur", "w1", "-o", "a.PNG"), "a.PNG", b"\x89PNG"),
        (("net.json", "--kind", "graph", "--out", "a.dot"), "a.dot", b"digraph"),
        (("baydin",), "graph.svg", b"<?xml"),
        (("graph.json",), "graph.svg", b"<?xml"),
        (("saved.json",), "network.svg", b"<?xml"),
        (("saved.json", "w1", "--inputs", "1,2", "--targets", "-1"), "gradient-w1.svg", b"<?xml"),
    ],
)
def test_draw(arguments, file, begin, cli, tmp_path):
    """`draw` writes the picture of a network, a graph or a gradient, as the name says; it prints its address."""
    save_graph(Value(2.0, "x") * Value(3.0, "y"), tmp_path / "graph.json")
    save_network(Network([2, 3, 1], seed=1), tmp_path / "saved.json")
    assert cli("draw", *arguments) == (0, f"Picture: {(tmp_path / file).as_uri()}\n", "")
    assert (tmp_path / file).read_bytes().startswith(begin)


@pytest.mark.parametrize(
    ("file", "arguments", "remedy"),
    [
        ("net.json", ("--kind", "graph"), "name a WEIGHT, such as w1, to see its gradient alone, or leave out --kind"),
        ("graph.json", (), "It can be drawn in part: name a WEIGHT, such as x, to see its gradient alone."),
        ("nameless.json", (), "Give it names, and name one here as WEIGHT, to see its gradient alone."),
        ("labelled.json", ("x",), "What it is made of can be read: `autograd-lite explain` with x."),
    ],
)
def test_draw_too_much(file, arguments, remedy, cli, tmp_path):
    """What to do about a picture that is too large is said in the words of the command line, and nothing is written."""
    (tmp_path / "net.json").write_text(json.dumps({"sizes": [2, 200, 1], "inputs": [1, 2], "targets": [0]}))
    for name, label in [("graph.json", "x"), ("nameless.json", ""), ("labelled.json", "x")]:
        y = Value(0.5, label)
        for k in range(600):
            y = y.sin()
            y.label = f"y{k}" if name == "labelled.json" else ""
        save_graph(y, tmp_path / name)
    code, out, err = cli("draw", file, *arguments)
    assert (code, out) == (1, "")
    assert re.match(r"Error: this \w+ has (at least )?[\d,]+ boxes and [\d,]+ edges; above 500 boxes", err)
    assert remedy in err
    assert "force" not in err
    assert {entry.suffix for entry in tmp_path.iterdir()} == {".json"}


def test_draw_several_samples(cli, tmp_path):
    """Of several samples the picture of the network shows the first, and that is said."""
    (tmp_path / "two.json").write_text('{"sizes": [1, 1], "data": [[[1], [0]], [[2], [1]]]}')
    code, out, err = cli("draw", "two.json")
    assert (code, err) == (0, "")
    assert "Of the 2 samples the picture shows the first, with its loss and gradients." in " ".join(out.split())


def test_train(cli, tmp_path):
    """`train` prints and writes what training does; the trained network goes on where it was."""
    code, out, err = cli("train", "net.json", "--epochs", "3", "--lr", "0.25", "--out", "here")
    assert (code, err) == (0, "")
    names = {entry.name for entry in (tmp_path / "here").iterdir()}
    assert names == {"index.html", "loss.svg", "history.csv", "trained.json"}
    assert f"Page: {(tmp_path / 'here' / 'index.html').as_uri()}" in out
    assert re.search(r"^b1 +0\.35\d* +fixed +0\.35", out, re.MULTILINE)
    trained = load_task(tmp_path / "here" / "trained.json")
    assert (trained.lr, trained.epochs, trained.trained) == (0.25, 3, "weights")
    example = mazur()
    net = example.network()
    example.train(net, lr=0.25, epochs=3, progress=False)
    assert [node.data for node in trained.net.parameters()] == [node.data for node in net.parameters()]
    assert data_loss(trained.net, trained.data).data == example.loss(net).data


def test_train_a_saved_network(cli, tmp_path):
    """A saved network takes its sample and its rate from the options; what is missing is said, and nothing written."""
    save_network(Network([2, 1]), tmp_path / "saved.json")
    sample = "--inputs", "1,-2", "--targets", "0"
    for arguments, told in [
        (("--lr", "1", "--epochs", "2"), "the file has a network and no sample; give one with --inputs and --targets"),
        ((*sample, "--epochs", "2"), "the file has no learning rate; give it here, or in the file"),
        ((*sample, "--lr", "1"), "the file has no number of epochs; give it here, or in the file"),
    ]:
        code, out, err = cli("train", "saved.json", *arguments)
        assert (code, out) == (2, "")
        assert told in " ".join(err.split())
    assert not (tmp_path / "training").exists()
    assert cli("train", "saved.json", *sample, "--lr", "1", "--epochs", "2", "-q") == (0, "", "")


def test_train_that_diverges(cli, tmp_path):
    """Training that turns non-finite ends with 1 and keeps the history so far."""
    (tmp_path / "net.json").write_text(
        '{"sizes": [1, 1], "activation": "linear", "inputs": [1e5], "targets": [0], "lr": 9e9, "epochs": 99}'
    )
    code, _, err = cli("train", "net.json")
    assert code == 1
    assert "training turned non-finite" in err
    assert "history.csv" in {entry.name for entry in (tmp_path / "training").iterdir()}


def test_open(cli, tmp_path, monkeypatch):
    """`--open` opens the page that was written; where there is no browser that is said."""
    opened = []
    monkeypatch.setattr(webbrowser, "open", lambda address: opened.append(address) or len(opened) < 2)
    assert cli("page", "net.json", "--open")[::2] == (0, "")
    assert opened == [(tmp_path / "page.html").as_uri()]
    code, _, err = cli("sweep", "mazur", "1", "--epochs", "1", "--open", "--out", "sw")
    assert (code, err) == (0, "No browser could be started; open the address above in one.\n")
    assert opened[1] == (tmp_path / "sw" / "learning-rates.html").as_uri()


def test_a_page_of_the_file(cli, tmp_path):
    """The page begins with the data, the rate and the loss of the file."""
    changed = json.loads(WRITTEN) | {"loss": "mean_squared_error", "lr": 0.125}
    (tmp_path / "net.json").write_text(json.dumps(changed))
    assert cli("page", "net.json")[0] == 0
    text = (tmp_path / "page.html").read_text("utf-8")
    assert '"samples":[[0.05,0.1,0.01,0.99]]' in text
    assert '"rate":0.125' in text


def test_the_page_of_a_sweep(cli, tmp_path):
    """The page of a sweep has its table and its chart, and needs no other file."""
    assert cli("sweep", "mazur", "0.5", "2", "--epochs", "2", "--out", "sw")[0] == 0
    text = (tmp_path / "sw" / "learning-rates.html").read_text("utf-8")
    assert "<svg" in text
    assert "after 2 epochs" in text
    assert "<h1>Mazur: a step by step backpropagation example: learning rates</h1>" in text
    assert not re.search(r'(?:src|href)="https?:', text)
    assert "index.html" not in text


def test_interrupted_training_of_ones_own(cli, tmp_path, monkeypatch):
    """Ctrl-C in training ends with 130; the history so far is written, and it says so."""

    def interrupted(*arguments, **options):
        history = train(*arguments, **options)
        history.stopped = Stopped.INTERRUPTED
        return history

    monkeypatch.setattr(own, "train", interrupted)
    code, _, err = cli("train", "net.json", "--epochs", "2")
    assert (code, err) == (
        130,
        "Interrupted. Written to training: history.csv (whole; other files are as they were).\n",
    )
    assert len((tmp_path / "training" / "history.csv").read_text().splitlines()) == 4


def test_too_large_for_a_page(cli, tmp_path):
    """A network too large for a live page is trained all the same, and it says why there is no page."""
    (tmp_path / "net.json").write_text(json.dumps({"sizes": [2, 200, 1], "inputs": [1, 2], "targets": [0]}))
    code, out, err = cli("train", "net.json", "--epochs", "1", "--lr", "0.1")
    assert (code, err) == (0, "")
    assert "There is no live page: this network has 801 parameters" in " ".join(out.split())
    assert "There are 801; trained.json has them." in out
    assert "index.html" not in out
