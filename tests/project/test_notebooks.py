"""The notebooks run from top to bottom, and show pictures."""

import contextlib
import io
import re
import sys
from pathlib import Path
from textwrap import dedent
from types import ModuleType, SimpleNamespace

import nbformat
import pytest
from nbclient import NotebookClient

from autograd_lite import draw
from autograd_lite.engine.ops import OWN
from autograd_lite.examples import mazur

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
SLIDERS = ROOT / "docs" / "sliders.md"


@pytest.mark.filterwarnings("default")  # of the kernel's own machinery
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_runs(path, tmp_path):
    """Every cell runs without an error, and what it prints is what the notebook was saved with."""
    saved = nbformat.read(path, as_version=4)
    run = nbformat.from_dict(saved)
    before = [_text(cell) for cell in saved.cells]
    NotebookClient(run, timeout=120, kernel_name="python3", resources={"metadata": {"path": tmp_path}}).execute()
    assert [_text(cell) for cell in run.cells] == before
    assert any("data:image/svg+xml;base64," in _html(cell) for cell in run.cells)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_solutions(path):
    """The exercises have solutions, folded, one for each; their code runs and prints what stands behind it."""
    turn = nbformat.read(path, as_version=4).cells[-1].source
    exercises, _, solved = turn.partition("<details>\n<summary>Solutions</summary>")
    numbers = [re.findall(r"^(\d+)\. ", text, re.MULTILINE) for text in (exercises, solved)]
    assert numbers[0] == numbers[1] != []
    assert solved.endswith("\n\n</details>")
    code = "".join(map(dedent, re.findall(r"^   ```python\n(.*?)^   ```$", solved, re.MULTILINE | re.DOTALL)))
    expected = [
        text for line in re.findall(r"\bprint\(.*\)  # (.*)$", code, re.MULTILINE) for text in line.split(", then ")
    ]
    before = dict(OWN)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(code, {"__name__": "solutions"})
    OWN.clear()
    OWN.update(before)
    assert printed.getvalue().splitlines() == expected != []


@pytest.mark.parametrize("w5", [-2.0, 0.4])
def test_sliders(monkeypatch, w5):
    """The cells of docs/sliders.md run, and give the picture of the network at the slider's value in both."""
    shown = []
    widgets, marimo = ModuleType("ipywidgets"), ModuleType("marimo")
    widgets.FloatSlider = lambda value, **_: value
    widgets.interact = lambda function, **_: shown.append(function(w5))
    marimo.ui = SimpleNamespace(slider=lambda *_, **__: SimpleNamespace(value=w5))
    monkeypatch.setitem(sys.modules, "ipywidgets", widgets)
    monkeypatch.setitem(sys.modules, "marimo", marimo)
    jupyter, other = SLIDERS.read_text("utf-8").split("## marimo")
    for text in jupyter, other:
        cells = re.findall(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
        assert len(cells) == 2
        scope = {}
        for cell in cells:
            *lines, last = cell.rstrip().split("\n")
            if last[0] == " ":
                exec(cell, scope)
            else:
                exec("\n".join(lines), scope)
                shown.append(eval(last, scope))
    pictures = [one for one in shown if isinstance(one, draw.Diagram)]
    net = mazur().network()
    net["w5"].data = w5
    loss = mazur().loss(net)
    loss.backward()
    assert [one.source for one in pictures] == 2 * [draw.network(net, loss).source]


def test_there_are_notebooks():
    """The notebooks are found."""
    assert NOTEBOOKS


def _outputs(cell):
    return cell.get("outputs", []) if cell.cell_type == "code" else []


def _text(cell):
    """What a cell prints, the last digits aside, which another machine's mathematics library may round differently."""
    printed = "".join(
        output["text"] if output.output_type == "stream" else output["data"].get("text/plain", "")
        for output in _outputs(cell)
    )
    return re.sub(r"(\.\d{9})\d+", r"\1", printed)


def _html(cell):
    return "".join(output["data"].get("text/html", "") for output in _outputs(cell) if "data" in output)
