"""The command that installs what is optional is right for how the package came here."""

import json
import re
from importlib import metadata
from pathlib import Path

import pytest

from autograd_lite.engine import extras

ROOT = Path(extras.__file__).parents[2]


class _Distribution:
    def __init__(self, recorded):
        self._recorded = recorded

    def read_text(self, name):
        assert name == "direct_url.json"
        return self._recorded


def installed(monkeypatch, tmp_path, recorded):
    """Let the package be one that was installed to a folder of its own, with what pip recorded of it."""
    monkeypatch.setattr(extras, "__file__", str(tmp_path / "site" / "autograd_lite" / "engine" / "extras.py"))

    def found(_name):
        if recorded is None:
            raise metadata.PackageNotFoundError
        return _Distribution(recorded)

    monkeypatch.setattr(metadata, "distribution", found)


def test_in_a_clone(monkeypatch, tmp_path):
    """In a clone the command installs the clone, editable, by a dot or by its path."""
    monkeypatch.chdir(ROOT)
    assert extras.install("viz") == 'pip install -e ".[viz]"'
    monkeypatch.chdir(tmp_path)
    assert extras.install("viz") == f'pip install -e "{ROOT}[viz]"'


def test_installed(monkeypatch, tmp_path):
    """Elsewhere it installs again from where pip got the package: a folder, a repository, an index."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a clone").mkdir()
    git = {"url": "https://example.org/a.git", "vcs_info": {"vcs": "git", "commit_id": "0" * 40}}
    for recorded, due in [
        (None, "autograd-lite[viz]"),
        ("", "autograd-lite[viz]"),
        ("no JSON", "autograd-lite[viz]"),
        (json.dumps({"url": (tmp_path / "a clone").as_uri(), "dir_info": {}}), f"{tmp_path / 'a clone'}[viz]"),
        (json.dumps({"url": tmp_path.as_uri(), "dir_info": {}}), ".[viz]"),
        (json.dumps({"url": (tmp_path / "gone").as_uri(), "dir_info": {}}), "autograd-lite[viz]"),
        (json.dumps(git), "autograd-lite[viz] @ git+https://example.org/a.git"),
    ]:
        installed(monkeypatch, tmp_path, recorded)
        assert extras.install("viz") == f'pip install "{due}"', recorded


@pytest.mark.parametrize("file", sorted((ROOT / "autograd_lite").rglob("*.py")), ids=lambda file: file.name)
def test_one_place(file):
    """No other module writes such a command."""
    if file != Path(extras.__file__):
        assert not re.search(r"pip install", file.read_text("utf-8"))
