"""The notebooks run from top to bottom, and show pictures."""

import re
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

NOTEBOOKS = sorted((Path(__file__).parents[2] / "notebooks").glob("*.ipynb"))


@pytest.mark.filterwarnings("default")  # of the kernel's own machinery
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_runs(path, tmp_path):
    """Every cell runs without an error, and what it prints is what the notebook was saved with."""
    saved = nbformat.read(path, as_version=4)
    run = nbformat.from_dict(saved)
    before = [_text(cell) for cell in saved.cells]
    NotebookClient(run, timeout=120, kernel_name="python3", resources={"metadata": {"path": tmp_path}}).execute()
    assert [_text(cell) for cell in run.cells] == before
    assert any("<svg" in _html(cell) for cell in run.cells)


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
