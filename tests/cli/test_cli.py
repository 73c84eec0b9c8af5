"""The command line: what it prints and writes, its exit codes, and what happens when things go wrong."""

import csv
import dataclasses
import json
import math
import os
import platform
import pty
import re
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import autograd_lite
from autograd_lite import __version__, charts, pages
from autograd_lite.__main__ import main
from autograd_lite.cli.app import run
from autograd_lite.draw import engines
from autograd_lite.engine import ops
from autograd_lite.engine.extras import install
from autograd_lite.engine.ops import HELPERS, OPS
from autograd_lite.examples import EXAMPLES, HIGH_RATES, LOW_RATES, published
from autograd_lite.testing import accuracy, oracle
from autograd_lite.train import data_loss, train

COMMAND = [sys.executable, "-m", "autograd_lite"]
# Found by other processes too where the package is not installed.
ENVIRONMENT = os.environ | {"PYTHONPATH": str(Path(autograd_lite.__file__).parents[1]), "COLUMNS": "80"}
PUBLISHED_GRADIENTS = "0.000438568 0.000877135 0.000497713 0.000995425 0.082167041 0.082667628 -0.02260254 -0.022740242"


@pytest.fixture
def cli(monkeypatch, capsys, tmp_path):
    """Run the command line in this process, in an empty folder; returns exit code, standard output and error."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")

    def call(*arguments):
        monkeypatch.setattr(sys, "argv", ["autograd-lite", *arguments])
        code = run()
        return code, *capsys.readouterr()

    return call


@pytest.fixture(scope="module")
def mazur_run(tmp_path_factory):
    """The main job as a user runs it, with all 10,000 updates."""
    folder = tmp_path_factory.mktemp("main")
    return ran([*COMMAND, "example", "mazur"], folder), folder / "report"


SWEPT = {"learning-rates.html", "learning-rates.csv"}


def ran(command, folder, *, text=True, env=ENVIRONMENT):
    return subprocess.run(command, check=False, cwd=folder, env=env, capture_output=True, text=text, timeout=120)


def listed(path):
    return {entry.name for entry in path.iterdir()}


# --- the main job --------------------------------------------------------------------------------------------------


def test_main_job(mazur_run):
    """`example mazur` succeeds, prints nothing on standard error, and writes the report with all its files."""
    done, report = mazur_run
    assert (done.returncode, done.stderr) == (0, "")
    wanted = {"index.html", "report.html", "network.svg", "graph.svg", "loss.svg", "update.svg", "history.csv"}
    assert listed(report) == wanted | {f"gradient-w{k}.svg" for k in range(1, 9)}
    with (report / "history.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 10_001
    assert float(rows[0]["E_total"]) == 0.2983711087600027
    assert float(rows[-1]["E_total"]) == pytest.approx(3.510187782978859e-05, rel=1e-12)


def test_main_job_tells_the_story(mazur_run):
    """The output has the forward pass, gradients beside published ones, update, training, result and erratum."""
    out = mazur_run[0].stdout
    titles = re.findall(r"^(.+?) ─+$", out, re.MULTILINE)
    assert titles == [
        *("The example", "Forward pass", "Gradients", "First update", "Training", "Result against the published one")
    ]
    for number in PUBLISHED_GRADIENTS.split():
        assert re.search(rf"∂E_total/∂w\d +{number} +{number[:9]}", out)
    # In prose numbers have the digits of the pictures.
    assert "E_total falls from 0.2984 to 0.2910." in " ".join(out.split())
    assert "E_total = 0.0000351, a_o1 = 0.0159, a_o2 = 0.9841. All digits are in history.csv." in " ".join(out.split())
    assert re.search(r"E_total +0\.291027924 +0\.291027773694 +6 of 9 +0\.291027923905", out)
    assert re.search(r"a_o2 +0\.984065734 +0\.984064273515 +4 of 9 +0\.984065734486", out)
    assert "Published numbers compared: 30. Agreeing in every printed digit: 25." in " ".join(out.split())
    assert "Erratum. The later losses are not those of gradient descent." in out


def test_output_in_a_pipe(mazur_run):
    """In a pipe there are no colours and no control characters, no line is wider than 80 or ends in spaces."""
    lines = mazur_run[0].stdout.split("\n")
    assert not any(c < " " for line in lines for c in line)
    assert max(len(line) for line in lines if not line.startswith("Page: file://")) <= 80
    assert all(line == line.rstrip() for line in lines)


def test_era_s6(cli, tmp_path):
    """`example era-s6` adds the learning rates: a table, the explanation of the ceiling, and two charts."""
    code, out, err = cli("example", "era-s6", "--out", "deep/er")
    assert (code, err) == (0, "")
    wanted = {"index.html", "report.html", "network.svg", "graph.svg", "loss.svg", "update.svg", "history.csv"}
    wanted |= {"learning-rates-low.svg", "learning-rates-high.svg", *(f"gradient-w{k}.svg" for k in range(1, 9))}
    assert listed(tmp_path / "deep" / "er") == wanted
    assert re.search(r"^ +1000 +0\.249997 +0\.249997 +0\.249997 +0$", out, re.MULTILINE)
    assert re.search(r"^ +100 +0\.0496568 +0\.0107146 +3\.16783e-06 +67$", out, re.MULTILINE)
    assert "ceiling 0.25" in " ".join(out.split())
    assert "a_o1 = σ(−12.1997) = 5.032e−6, slope 5.032e−6" in " ".join(out.split())


@pytest.mark.parametrize("name", [name for name in EXAMPLES if name not in {"mazur", "era-s6"}])
def test_small_examples(name, cli, tmp_path):
    """Every small example is computed, compared and drawn."""
    code, out, err = cli("example", name)
    assert (code, err) == (0, "")
    example = EXAMPLES[name]()
    assert listed(tmp_path / "report") == {
        "index.html",
        "report.html",
        "graph.svg",
        *(f"gradient-{label}.svg" for label in example.at),
    }
    count = 1 + len(example.gradient) + (example.after is not None)
    assert f"Published numbers compared: {count}. Agreeing in every printed digit: {count}." in out


def test_other_rate_and_epochs(cli, tmp_path):
    """With another learning rate nothing later is compared, and no disagreement is shown."""
    code, out, _ = cli("example", "mazur", "--lr", "0.25", "--epochs", "4")
    assert code == 0
    assert "the learning rate was 0.5 there, and is 0.25 here" in " ".join(out.split())
    assert "0.291027924" not in out
    assert "Erratum" not in out
    assert len((tmp_path / "report" / "history.csv").read_text().splitlines()) == 6


def test_png(cli, tmp_path):
    """`--format png` writes the pictures as PNG, the charts too."""
    assert cli("example", "mazur", "--format", "PNG", "--epochs", "1", "-q")[0] == 0
    pictures = listed(tmp_path / "report") - {"index.html", "report.html", "history.csv"}
    assert len(pictures) == 12
    assert all((tmp_path / "report" / name).read_bytes().startswith(b"\x89PNG") for name in pictures)


def test_pdf_is_refused_before_the_work(cli, monkeypatch, tmp_path):
    """Where the layout engine cannot make PDF, that is said at once, and nothing is written."""
    monkeypatch.setattr(engines, "find", lambda engine=None: engines.Engine("pure", "graphviz-pure"))
    code, out, err = cli("example", "mazur", "--format", "pdf")
    assert (code, out) == (1, "")
    assert "makes svg and png, not pdf" in err
    assert not (tmp_path / "report").exists()


def test_names_as_in_python(cli):
    """The name of the function in Python, with its underscore, is the example's too."""
    assert cli("example", "cs231n_neuron", "-q") == (0, "", "")


def test_files_of_an_earlier_report_are_named(cli):
    """What another report left in the folder is told apart from what this one wrote."""
    assert cli("example", "speelpenning", "-q")[0] == 0
    _, out, _ = cli("example", "cs231n-neuron")
    assert "Not of this report, there before: gradient-x2.svg, gradient-x3.svg," in " ".join(out.split())


@pytest.mark.dot
def test_pdf(cli, tmp_path):
    """`--format pdf` writes PDF where Graphviz's dot is installed."""
    assert cli("example", "cs231n-neuron", "--format", "pdf", "-q")[0] == 0
    assert (tmp_path / "report" / "graph.pdf").read_bytes().startswith(b"%PDF")


def test_quiet(cli):
    """`--quiet` prints nothing when all goes well."""
    assert cli("example", "baydin", "--quiet") == (0, "", "")


# --- sweep, explain, list ------------------------------------------------------------------------------------------


def test_sweep(cli, tmp_path):
    """`sweep` writes a page, the two published charts and every loss; the table has the losses of the golden file."""
    code, out, err = cli("sweep", "era-s6", "--out", "here")
    assert (code, err) == (0, "")
    assert listed(tmp_path / "here") == SWEPT | {"learning-rates-low.svg", "learning-rates-high.svg"}
    with (tmp_path / "here" / "learning-rates.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 68
    assert len(rows[0]) == 1 + 15
    assert float(rows[19]["lr 0.5"]) == pytest.approx(0.008063604894694324, rel=1e-12)
    assert float(rows[67]["lr 1000.0"]) == pytest.approx(0.24999688176304777, rel=1e-9)
    assert re.search(r"^ +10 +0\.00711956 +6\.19798e-09 +3\.37335e-25 +67$", out, re.MULTILINE)


def test_sweep_of_given_rates(cli, tmp_path):
    """Given rates make one chart; a network without a published sweep can be swept too."""
    code, out, _ = cli("sweep", "mazur", "0.5", "2", "0.5", "--epochs", "3", "--out", "here")
    assert code == 0
    assert listed(tmp_path / "here") == SWEPT | {"learning-rates.svg"}
    assert [line.split()[0] for line in out.splitlines() if re.match(r" +[\d.]+ +0\.2", line)] == ["0.5", "2"]


def test_sweep_without_rates(cli, tmp_path):
    """Without rates any network is swept at those of ERA session 6, and the help does not call them its published."""
    help_text = " ".join(cli("sweep", "--help")[1].split())
    assert (
        "two, learning-rates-low and -high, of the rates that ERA session 6 charts, whichever the network;" in help_text
    )
    assert "published" not in help_text
    assert cli("sweep", "mazur", "--epochs", "2", "--out", "here")[0] == 0
    assert listed(tmp_path / "here") == SWEPT | {"learning-rates-low.svg", "learning-rates-high.svg"}
    first = (tmp_path / "here" / "learning-rates.csv").read_text().splitlines()[0]
    assert first.split(",")[1:] == [f"lr {rate!r}" for rate in dict.fromkeys((*LOW_RATES, *HIGH_RATES))]


@pytest.mark.parametrize("epochs", ["0", "1", "2"])
def test_sweep_of_few_updates(epochs, cli):
    """A sweep of no epoch at all, or one, or two, is drawn as well."""
    assert cli("sweep", "era-s6", "1000", "--epochs", epochs)[0] == 0


def test_explain(cli, tmp_path):
    """`explain` prints every path with its factors, and their sum, which is the gradient; it writes nothing."""
    code, out, err = cli("explain", "mazur", "w1")
    assert (code, err) == (0, "")
    assert "E_total → E1 → a_o1 → o1 → a_h1 → h1 → w1" in out
    assert re.search(r"∂o2/∂a_h1 += w7 += +0\.5", out)
    assert "∂E_total/∂w1 = ((a_o1 - t1) * a_o1 * (1 - a_o1) * w5" in out
    assert "+0.0004386" in out
    assert listed(tmp_path) == set()


def test_explain_everything(cli):
    """`explain` without a weight prints the whole backward pass."""
    code, out, err = cli("explain", "era-s6")
    assert (code, err) == (0, "")
    assert "∂E_total/∂a_h1 = ∂E_total/∂o1 * w5 + ∂E_total/∂o2 * w7" in out
    assert all(f"∂E_total/∂w{k} = " in out for k in range(1, 9))


def test_check(cli, tmp_path):
    """`check` prints a line for the value and each slope of the operations named, with bound and place; no file."""
    code, out, err = cli("check", "exp", "pow", "Leaky-ReLU", "sech2", "--points", "20")
    assert (code, err) == (0, "")
    for line in (
        r"exp +value +0\.5\d +2 +0\.5\d +-?\d",
        r"pow +value",
        r" +slope 1 +\d\.\d\d +4 +\d",
        r"\(sech2\) +value",
    ):
        assert re.search(rf"^{line}", out, re.MULTILINE), line
    assert re.search(r"^leaky_relu +value +0\.50 +2 +\S+, \S+\n +slope 1 +0 +2\n +slope 2 +0 +2$", out, re.MULTILINE)
    assert re.search(r"^\(sech2\) .*\n\nEvery bound", out, re.MULTILINE)  # a helper's own slopes have no bound
    assert "Every bound holds: 4 operations, value and slopes." in out
    assert platform.python_version() in out
    assert max(map(len, out.splitlines())) <= 80
    assert listed(tmp_path) == set()


def test_check_without_names(cli, monkeypatch):
    """`check` alone measures every operation and helper, once each, with the points that its help says."""
    asked = []
    honest = accuracy.measure
    monkeypatch.setattr(accuracy, "measure", lambda name, points: asked.append((name, points)) or honest("neg", 0))
    assert cli("check", "-q") == (0, "", "")
    assert asked == [(name, accuracy.POINTS) for name in (*OPS, *HELPERS)]
    asked.clear()
    assert cli("check", "-q", "exp", "EXP", "exp", "--points", "7")[0] == 0
    assert asked == [("exp", 7)]
    assert f"[default: {accuracy.POINTS}]" in " ".join(cli("check", "--help")[1].split())


def test_check_json(cli):
    """`check --json` prints the figures as JSON, from which the largest error can be computed again."""
    code, out, err = cli("check", "tanh", "neg", "--points", "20", "--json")
    assert (code, err) == (0, "")
    figures = json.loads(out)
    assert figures["holds"] is True
    value, slope, *exact = figures["figures"]
    (x,) = map(float.fromhex, value["at"])
    assert math.tanh(x) == float.fromhex(value["got"])
    assert oracle.ulps(math.tanh(x), oracle.value("tanh", x)) == value["ulps"]
    assert (slope["of"], slope["bound"], slope["operation"]) == ("slope along argument 1", 4, "tanh")
    assert [(figure["ulps"], figure["at"], figure["got"]) for figure in exact] == [(0.0, [], None)] * 2


def test_check_that_fails(cli, monkeypatch):
    """An operation above its bound ends `check` with exit code 1; the point is shown so that it can be tried again."""
    row = OPS["tanh"]
    wrong = dataclasses.replace(row, partials=lambda y, x: math.nan if x == 2.0 else row.partials(y, x))
    monkeypatch.setitem(OPS, "tanh", wrong)
    code, out, err = cli("check", "tanh", "exp", "--points", "20")
    assert code == 1
    assert err == "Error: Above the bound: tanh (slope).\n"
    assert re.search(r"^ +slope +inf +> 4 +2\.0$", out, re.MULTILINE)
    assert "tanh, slope: inf ulps where 4 are promised; above in 1 of " in out
    assert f"  at   2.0\n         {(2.0).hex()}\n    got  nan  nan\n    true 0.070650824853164465" in out
    assert cli("check", "tanh", "--points", "20", "-q") == (1, "", err)
    figures = json.loads(cli("check", "tanh", "--points", "20", "--json")[1])
    assert (figures["holds"], figures["figures"][1]["ulps"]) == (False, "inf")


def test_check_without_mpmath(tmp_path):
    """Without mpmath, which is optional, `check` says what to install; the rest of the command line works."""
    script = "import sys; sys.modules['mpmath'] = None; from autograd_lite.__main__ import main; main()"
    done = ran([sys.executable, "-c", script, "check"], tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert "mpmath, which is not installed: pip install -e " in done.stderr
    assert done.stderr.count("\n") == 1
    assert ran([sys.executable, "-c", script, "list"], tmp_path).returncode == 0


def test_check_without_a_module_of_the_package(cli, monkeypatch):
    """Another module that is missing is a fault of the installation, and is not taken for mpmath."""
    monkeypatch.delattr(pages, "accuracy", raising=False)
    monkeypatch.setitem(sys.modules, "autograd_lite.pages.accuracy", None)
    with pytest.raises(ModuleNotFoundError, match=r"autograd_lite\.pages\.accuracy"):
        cli("check", "exp")


def test_list(cli):
    """`list` has every example with its source, and the address of that."""
    code, out, _ = cli("list")
    assert code == 0
    assert set(EXAMPLES) <= set(out.split())
    for make in EXAMPLES.values():
        assert make().source.split(",")[0] in " ".join(out.split())
        assert make().url in "".join(out.split())


def test_version_and_help(cli):
    """`--version` and `--help` answer on standard output; without a command there is help."""
    assert cli("--version") == (0, f"autograd-lite {__version__}\n", "")
    for arguments in (
        ["--help"],
        ["example", "-h"],
        ["sweep", "-h"],
        ["explain", "-h"],
        ["list", "-h"],
        ["check", "-h"],
    ):
        code, out, err = cli(*arguments)
        assert (code, err) == (0, "")
        assert "Usage: autograd-lite" in out
    assert "Usage: autograd-lite" in "".join(cli()[1:])


def test_widths(cli, monkeypatch):
    """On a wide terminal lines have at most 100 columns; on a very narrow one no digit is lost."""
    for columns, widest in (("200", 100), ("80", 80)):
        monkeypatch.setenv("COLUMNS", columns)
        lines = cli("example", "baydin")[1].splitlines()
        assert max(len(line) for line in lines if not line.startswith("Page: file://")) <= widest
    monkeypatch.setenv("COLUMNS", "40")
    assert "…" not in cli("example", "baydin")[1]


# --- bad usage -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["example", "mazzur"], "no example 'mazzur'. Did you mean 'mazur'?"),
        (["example", "era_s7"], "Did you mean 'era-s6'?"),
        (["example", "[bold]"], "no example '[bold]'. There are: mazur, era-s6,"),
        (["example"], "Missing argument 'NAME'. There are: mazur, era-s6, baydin,"),
        (
            ["example", "mazur", "--epochs", "-1"],
            "a whole number, 0 or above and of at most 12 digits, such as 100; got '-1'",
        ),
        (["example", "mazur", "--epochs", "1e3"], "got '1e3'"),
        (["example", "mazur", "--epochs", "٣"], "got '٣'"),
        (["example", "mazur", "--epochs", "9" * 5000], "at most 12 digits"),
        (["example", "mazur", "--lr", "abc"], "a learning rate is a number, 0 or above, such as 0.5; got 'abc'"),
        (["example", "mazur", "--lr", "nan"], "got 'nan'"),
        (["example", "mazur", "--lr", "inf"], "got 'inf'"),
        (["example", "mazur", "--lr", "-0.5"], "got '-0.5'"),
        (["example", "mazur", "--format", "gif"], "a picture is made as svg, png, pdf; got 'gif'"),
        (["example", "mazur", "--out", ""], "the name of the folder is empty"),
        (["example", "baydin", "--lr", "0.1"], "'baydin' is not a network, nothing in it is trained"),
        (["sweep", "baydin"], "'baydin' is not a network, nothing in it is trained. Networks are: mazur, era-s6."),
        (["sweep", "mazur", "0.5", "x"], "got 'x'"),
        (["sweep", "mazur", "0.5", "--epochs", "x"], "got 'x'"),
        (
            ["sweep", "net.json"],
            "no example 'net.json'. Networks are: mazur, era-s6. Files are for explain, draw, train and",
        ),
        (["sweep"], "Missing argument 'NAME'. Networks are: mazur, era-s6."),
        (["sweep", "mazur", "0.1", "-5"], "a learning rate is a number, 0 or above, such as 0.5; got '-5'"),
        (["sweep", "mazur", "-.5"], "got '-.5'"),
        (["sweep", "mazur", "0.1", "-1e-5"], "got '-1e-5'"),
        (["sweep", "mazur", "--epoch", "5"], "there is no option '--epoch'. Did you mean '--epochs'?"),
        (["explain", "maur"], "no example 'maur'. Did you mean 'mazur'? There are: mazur,"),
        (["train", "baydin"], "'baydin' is not a network, nothing in it is trained"),
        (["draw"], "Missing argument 'NAME|FILE'. There are: mazur,"),
        (["draw", "baydin", "--kind", "network"], "'baydin' is no network; a graph has --kind graph and gradient"),
        (["draw", "mazur", "--kind", "picture"], "a picture is of the network, gradient or graph; got 'picture'"),
        (["draw", "mazur", "--kind", "gradient"], "a picture of a gradient takes the name of a WEIGHT, such as w1"),
        (["draw", "mazur", "w1", "--kind", "graph"], "a picture of the graph takes no WEIGHT"),
        (["draw", "mazur", "w11"], "no node of the graph has the label 'w11'; did you mean 'w1'?"),
        (["draw", "mazur", "-o", "x.gif"], "ends in .svg, .png, .pdf, .dot, .gv; got 'x.gif'"),
        (["explain", "baydin", "--inputs", "1", "--targets", "1"], "leave out --inputs and --targets"),
        (["explain", "mazur", "w1", "--inputs", "1,2"], "a sample has --inputs and --targets; give both, or neither"),
        (["explain", "mazur", "w11"], "no node of the graph has the label 'w11'; did you mean 'w1'?"),
        (["explain"], "Missing argument 'NAME|FILE'. There are: mazur, era-s6, baydin,"),
        (["check", "exq"], "value for 'OPERATION': no operation named 'exq'; did you mean 'exp'?"),
        (["check", "exp", "[red]"], "no operation named '[red]'"),
        (["check", "--points", "-1"], "a whole number, 0 or above and of at most 12 digits, such as 100; got '-1'"),
        (["mazur"], "No such command 'mazur'"),
        (["example", "mazur", "--nothing"], "--nothing"),
    ],
)
def test_bad_usage(arguments, told, cli, tmp_path):
    """What was wrong, what is valid: on standard error, with exit code 2, and nothing is written."""
    code, out, err = cli(*arguments)
    assert (code, out) == (2, "")
    assert told in " ".join(err.split())
    assert "Traceback" not in err
    assert listed(tmp_path) == set()


# --- what a machine may lack ---------------------------------------------------------------------------------------


def test_a_file_in_the_place_of_the_folder(cli, tmp_path):
    """A file where the folder should be is told at once, before any output, with exit code 1."""
    (tmp_path / "[red]<b>").write_text("kept")
    for out, told in (("[red]<b>", "is not a folder"), ("[red]<b>/deeper", "Not a directory")):
        code, printed, err = cli("example", "mazur", "--out", out)
        assert (code, printed) == (1, "")
        assert err.startswith(f"Error: cannot write '{out}'")
        assert told in err
        assert err.endswith("Another folder can be given with --out.\n")
    assert (tmp_path / "[red]<b>").read_text() == "kept"


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs a folder of Linux in which none can be made")
@pytest.mark.parametrize("command", ["example", "sweep"])
def test_a_folder_that_cannot_be_made(cli, command):
    """Where no folder can be made it is that which is said, not that something is missing."""
    assert cli(command, "mazur", "--out", "/proc/x/y") == (
        1,
        "",
        "Error: cannot make the folder '/proc/x/y': no folder can be made there. Another can be given with --out.\n",
    )


def test_no_permission(cli, tmp_path, monkeypatch):
    """A folder that may not be written to is told before the work."""

    def refused(**_):
        raise PermissionError(13, "Permission denied", str(tmp_path))

    monkeypatch.setattr("autograd_lite.pages.folder.tempfile.TemporaryFile", refused)
    code, out, err = cli("example", "mazur")
    assert (code, out) == (1, "")
    assert err == f"Error: cannot write '{tmp_path}': Permission denied. Another folder can be given with --out.\n"


def test_folder_names_are_text(cli, tmp_path):
    """A folder's name is neither markup nor a pattern."""
    code, out, _ = cli("example", "baydin", "--out", "[red]x<b>*")
    assert code == 0
    assert "Written to [red]x<b>*: index.html" in out
    assert "index.html" in listed(tmp_path / "[red]x<b>*")


def test_without_an_engine(cli, tmp_path, monkeypatch):
    """Without a layout engine all else is done; the exit code is 1, and the message names both ways to get one."""
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(engines, "_pure", lambda: None)
    code, out, err = cli("example", "mazur", "--epochs", "2")
    assert code == 1
    assert err.startswith("Error: not everything could be drawn: ")
    assert err.count("\n") == 1
    assert "install Graphviz" in err
    assert install("viz") in err
    assert "Written to report: index.html, loss.svg, history.csv, report.html" in out
    assert listed(tmp_path / "report") == {"index.html", "report.html", "loss.svg", "history.csv"}


def test_without_matplotlib(cli, tmp_path, monkeypatch):
    """Without matplotlib all but the charts is done; the exit code is 1, and the message says what to install."""
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    code, _, err = cli("example", "mazur", "--epochs", "2")
    assert code == 1
    assert install("plot") in err
    assert "loss.svg" not in listed(tmp_path / "report")
    assert "index.html" in listed(tmp_path / "report")
    assert "cannot be imported" in (tmp_path / "report" / "report.html").read_text("utf-8")


def test_divergence(cli, tmp_path, monkeypatch):
    """Training that turns non-finite ends with exit code 1, names the quantity, and keeps the history so far."""

    def infinite(net, data, *, parameters, **options):
        return train(
            lambda: data_loss(net, data) * (math.inf if net["w1"].data < 0.1499 else 1.0), parameters, **options
        )

    monkeypatch.setattr(published, "train", infinite)
    code, _, err = cli("example", "mazur")
    assert code == 1
    assert "training turned non-finite in epoch 1" in err
    assert err.startswith("Written to report: history.csv (the history as far as it is finite).\n")
    assert "Traceback" not in err
    assert listed(tmp_path / "report") == {"history.csv"}


# --- ctrl-C, closed pipes, terminals -------------------------------------------------------------------------------


@pytest.fixture
def started(tmp_path):
    """Start the command line in a process of its own, which ends with the test at the latest."""
    pipe, processes = subprocess.PIPE, []

    def start(*arguments):
        before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a job in the background ignores ctrl-C
        try:
            process = subprocess.Popen(
                [*COMMAND, *arguments], cwd=tmp_path, env=ENVIRONMENT, text=True, stdout=pipe, stderr=pipe
            )
        finally:
            signal.signal(signal.SIGINT, before)
        processes.append(process)
        return process

    yield start
    for process in processes:
        with process:
            process.kill()


def test_interrupted_training(started, tmp_path):
    """Ctrl-C in training ends with 130 and without a traceback; the history so far is written, and it says so."""
    process = started("example", "mazur", "--epochs", "100000000")
    for line in process.stdout:  # the training begins after the gradients
        if line.startswith("smallest estimated error"):
            break
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert err == "Interrupted. Written to report: history.csv (whole; other files are as they were).\n"
    assert "First update" not in out
    rows = (tmp_path / "report" / "history.csv").read_text().splitlines()
    assert len(rows) > 2
    assert len({row.count(",") for row in rows}) == 1


def test_interrupted_sweep(started):
    """Ctrl-C ends a whole sweep with 130, and nothing is written."""
    process = started("sweep", "era-s6", "--epochs", "10000000")
    process.stdout.readline()
    time.sleep(0.3)
    process.send_signal(signal.SIGINT)
    assert process.communicate(timeout=60)[1] == "Interrupted. Nothing was written to report.\n"
    assert process.returncode == 130


def test_interrupted_check(started):
    """Ctrl-C ends a check with 130, however many points it was asked for, and there is no half a table."""
    process = started("check", "add", "--points", "999999999999")
    time.sleep(1.5)
    process.send_signal(signal.SIGINT)
    assert process.communicate(timeout=60) == ("", "Interrupted.\n")
    assert process.returncode == 130


def test_interrupted_drawing(cli, tmp_path, monkeypatch):
    """Ctrl-C while drawing ends with 130; the files written before are whole, and are named."""

    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(charts, "loss_curve", interrupted)
    code, _, err = cli("example", "mazur", "--epochs", "1")
    assert code == 130
    assert err.startswith("Interrupted. Written to report: network.svg, graph.svg, gradient-w1.svg,")
    assert "index.html" not in listed(tmp_path / "report")
    for name in listed(tmp_path / "report"):
        assert (tmp_path / "report" / name).read_text("utf-8").rstrip().endswith("</svg>")


@pytest.mark.parametrize("arguments", [["example", "baydin"], ["list"], ["--help"], ["explain", "mazur", "w1"]])
def test_closed_pipe(arguments, started, tmp_path):
    """A reader that goes away after one line is no error: no message; the report is written all the same."""
    process = started(*arguments)
    process.stdout.readline()
    process.stdout.close()
    assert process.stderr.read() == ""
    code = process.wait(60)
    if arguments[0] == "example":
        assert code == 0
        assert "index.html" in listed(tmp_path / "report")


@pytest.mark.skipif(os.name != "posix", reason="needs a shell's redirections")
def test_closed_streams(tmp_path):
    """Standard output or error that is closed from the start is no error."""
    for closed in (">&-", "2>&- >/dev/null"):
        command = f'"{sys.executable}" -m autograd_lite example baydin {closed}'
        done = ran(["bash", "-c", command], tmp_path)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_old_encodings(encoding, tmp_path):
    """Where the output cannot show every sign, plain ones stand for them: ∂y becomes dy."""
    env = ENVIRONMENT | {"PYTHONIOENCODING": encoding}
    done = ran([*COMMAND, "explain", "baydin", "x2"], tmp_path, text=False, env=env)
    assert (done.returncode, done.stderr) == (0, b"")
    out = done.stdout.decode(encoding)
    assert "dy/dx2 = +1.7163" in out
    assert "y -> v4 -> v2 -> x2" in out
    assert "?" not in out


def test_terminal(tmp_path):
    """On a terminal there is colour, and a progress bar while training."""
    master, slave = pty.openpty()
    env = ENVIRONMENT | {"TERM": "xterm-256color"}
    env.pop("NO_COLOR", None)
    process = subprocess.Popen(
        [*COMMAND, "example", "mazur", "--epochs", "500"], cwd=tmp_path, env=env, stdout=slave, stderr=slave
    )
    os.close(slave)
    seen = b""
    while select.select([master], [], [], 60)[0]:
        try:
            piece = os.read(master, 65536)
        except OSError:  # Linux says so at the end
            break
        if not piece:
            break
        seen += piece
    os.close(master)
    text = seen.decode()
    assert process.wait(60) == 0
    assert "\x1b[32m9 of 9" in text
    assert re.search(r"training.*/500", text)
    assert "Written to report: index.html" in text


def test_console_script():
    """The console script and `python -m` run the same function."""
    from importlib import metadata

    (script,) = metadata.entry_points(group="console_scripts", name="autograd-lite") or [None]
    if script is None:
        pytest.skip("the package is not installed, it runs from its folder")
    assert script.load() is main


def test_interrupted_while_loading(monkeypatch, capsys):
    """Ctrl-C while the command line is still being imported ends with 130 and without a traceback."""

    class Slow:
        def find_spec(self, name, path, target=None):
            if name == "autograd_lite.cli":
                raise KeyboardInterrupt

    for name in [name for name in sys.modules if name.startswith("autograd_lite.cli")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(sys, "meta_path", [Slow(), *sys.meta_path])
    with pytest.raises(SystemExit) as end:
        main()
    assert end.value.code == 130
    assert capsys.readouterr() == ("", "Interrupted.\n")


def test_the_package_loads_no_command_line():
    """Importing the package loads neither typer nor rich, nor what the report needs."""
    heavy = {"typer", "rich", "matplotlib", "graphviz", "numpy", "autograd_lite.cli", "autograd_lite.pages"}
    code = f"import sys, autograd_lite, autograd_lite.__main__; assert not {heavy!r} & set(sys.modules), sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True, env=ENVIRONMENT, timeout=60)


OWN_OPERATIONS = """\
import math
from autograd_lite import operation, sigmoid

@operation
def own_swish(x):
    return x * sigmoid(x)

@operation(slopes=lambda y, x: -2.0 * x * y)
def own_gaussian(x):
    return math.exp(-x * x)

number = 3
"""


@pytest.mark.parametrize(
    ("given", "code", "told"),
    [
        ("own_ops:own_swish", 0, "No bounds: every operation is your own."),
        ("own_ops:own_gaussian", 2, "were given by hand and only differences can judge them"),
        ("own_ops:number", 2, "is no operation but int"),
        ("own_ops:missing", 2, "AttributeError: module 'own_ops' has no attribute 'missing'"),
        ("nowhere_at_all:swish", 2, "No module named 'nowhere_at_all'"),
        ("own_ops;x:swish", 2, "is given as module:name, as my_ops:swish; got"),
    ],
)
def test_check_of_ones_own(cli, given, code, told, tmp_path, monkeypatch):
    """An operation of one's own is measured by module and name; what cannot be says why."""
    monkeypatch.setattr(sys, "path", [*sys.path])
    (tmp_path / "own_ops.py").write_text(OWN_OPERATIONS, encoding="utf-8")
    monkeypatch.delitem(sys.modules, "own_ops", raising=False)
    got, out, err = cli("check", given, "--points", "20")
    assert got == code
    assert told in " ".join((out + err).split())
    for name in ("own_swish", "own_gaussian"):
        ops.OWN.pop(name, None)
    sys.modules.pop("own_ops", None)


def test_a_page_of_a_file_that_is_not_there(cli, tmp_path):
    """What cannot be read is said to be so, and nothing is written."""
    code, _, err = cli("page", str(tmp_path / "nowhere.json"), "--out", str(tmp_path / "page.html"))
    assert (code, err) == (1, f"Error: cannot read {str(tmp_path / 'nowhere.json')!r}: No such file or directory.\n")
    assert listed(tmp_path) == set()
