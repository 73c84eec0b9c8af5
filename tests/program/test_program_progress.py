"""How far an iteration has come: a line in a notebook, replaced as it goes on."""

import sys
from types import ModuleType, SimpleNamespace

import pytest

from autograd_lite.program import progress
from autograd_lite.program.progress import progress_bar


@pytest.fixture
def shown(monkeypatch):
    """What a notebook shows, one text after the other."""
    texts = []
    ipython, display = ModuleType("IPython"), ModuleType("IPython.display")
    ipython.get_ipython = lambda: SimpleNamespace(kernel=object())

    def shows(data, **_):
        texts.append(data["text/plain"])
        return SimpleNamespace(update=shows)

    display.display = shows
    monkeypatch.setitem(sys.modules, "IPython", ipython)
    monkeypatch.setitem(sys.modules, "IPython.display", display)
    return texts


def test_a_notebook_shows_nothing_of_what_is_soon_done(shown):
    """What takes less than a second leaves no output."""
    with progress_bar(100) as advance:
        for k in range(100):
            advance(k, 0.5)
    assert shown == []


def test_a_notebook_shows_a_line_that_is_empty_at_the_end(shown, monkeypatch):
    """What takes longer has a line with the epoch and the loss, now and then, which is empty when it ends."""
    now = [0.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    with progress_bar(2_000) as advance:
        for k in range(30):
            now[0] += 0.125
            advance(100 * k, 1.0 / (k + 1))
    assert shown[0] == "training: 700 of 2,000, loss 1.250e-01"
    assert 5 < len(shown) < 20
    assert shown[-1] == ""


def test_an_error_leaves_no_line(shown, monkeypatch):
    """The line is emptied when what it is about ends with an error."""
    now = [0.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    with pytest.raises(ZeroDivisionError), progress_bar(10) as advance:  # noqa: PT012
        now[0] = 5.0
        advance(1, float("nan"))
        assert shown == ["training: 1 of 10"]
        raise ZeroDivisionError
    assert shown[-1] == ""


def test_it_can_be_turned_off(shown):
    """With shown=False a notebook shows nothing, however long it takes."""
    with progress_bar(10, shown=False) as advance:
        advance(1, 0.5)
    assert shown == []
