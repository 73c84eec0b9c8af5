"""The history of a training: its columns and rows, and its CSV file, exact to the bit and harmless to spreadsheets."""

import copy
import csv
import io
import math
import pickle
import struct
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd_lite import Value
from autograd_lite.examples import mazur
from autograd_lite.history import History
from autograd_lite.storage import files
from autograd_lite.train import data_loss, train

FINITE_OR_NOT = st.floats(allow_nan=True, allow_infinity=True, allow_subnormal=True)


def _mazur_history(epochs=4):
    example = mazur()
    net = example.network()
    return train(lambda: data_loss(net, [(example.inputs, example.targets)]), net.weights, lr=0.5, epochs=epochs)


def _recorded(*labels):
    """A history of one row whose columns are epoch, these labels as data, E, w's gradient."""
    w = Value(2.0, "w")
    root = w * 1.0
    for k, label in enumerate(labels):
        root = root + Value(float(k), label)
    root.label = "E"
    root.backward()
    history = History()
    history.record(root, [w])
    return history


def _bits(x):
    return struct.pack(">d", x)


def _read(path):
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.reader(file))


# --- rows and columns ---------------------------------------------------------------------------------------------


def test_columns_are_the_named_quantities_then_the_gradients():
    """Columns: epoch, data, parameters, what is computed, the loss; then the gradients of parameters and computed."""
    columns = _mazur_history().columns
    assert columns[0] == "epoch"
    weights = [f"w{k}" for k in range(1, 9)]
    computed = ["h1", "a_h1", "h2", "a_h2", "o1", "a_o1", "o2", "a_o2", "E1", "E2"]
    data = {"i1", "i2", "b1", "b2", "t1", "t2"}
    assert set(columns[1:7]) == data
    assert list(columns[7:15]) == weights
    assert sorted(columns[15:25]) == sorted(computed)
    assert columns[25] == "E_total"
    assert list(columns[26:]) == [f"dE_total/d{name}" for name in columns[7:25]]
    assert len(columns) == len(set(columns)) == 44


def test_row_0_is_before_any_update():
    """Row 0 has the published initial weights, row n is after n updates."""
    history = _mazur_history()
    assert [history[0][f"w{k}"] for k in range(1, 9)] == list(mazur().weights)
    assert history[0]["E_total"] == 0.2983711087600027
    assert history["epoch"] == [0, 1, 2, 3, 4]
    assert history[1]["w5"] == history[0]["w5"] - 0.5 * history[0]["dE_total/dw5"]


def test_rows_are_dicts_by_column():
    """An index gives a row, a negative one counts from the end, a slice gives a list of rows."""
    history = _mazur_history()
    rows = list(history.rows())
    assert len(history) == len(rows) == 5
    assert all(tuple(row) == history.columns for row in rows)
    assert [history[n] for n in range(5)] == rows
    assert history[-1] == rows[4]
    assert history[-5] == rows[0]
    assert history[1:3] == rows[1:3]
    assert history[::-2] == rows[::-2]
    assert history[10:] == []
    assert list(history) == rows
    assert list(reversed(history)) == rows[::-1]


def test_a_name_gives_a_column():
    """A column is a list of floats, one a row."""
    history = _mazur_history()
    for name in history.columns:
        assert history[name] == [row[name] for row in history.rows()]
        assert all(type(x) is float for x in history[name])


def test_a_row_that_is_not_there():
    """An index beyond the rows is an IndexError, also in an empty history."""
    history = _mazur_history()
    for index in (5, -6):
        with pytest.raises(IndexError, match=f"there is no epoch {index} in this history of 5 epochs, counted from 0"):
            history[index]
    with pytest.raises(IndexError, match="there is no epoch -1 in this history of 0 epochs"):
        History()[-1]


def test_an_unknown_column_names_those_there_are():
    """The message for an unknown column has its name and the columns."""
    with pytest.raises(KeyError, match=r"no column 'E'; there are epoch, .*E_total.*dE_total/dw1"):
        _mazur_history()["E"]
    with pytest.raises(KeyError, match="no column 'E'; there are epoch"):
        History()["E"]


def test_a_row_keeps_its_numbers():
    """A row is what was then: later changes of the nodes, or of the dict handed out, do not reach it."""
    w = Value(2.0, "w")
    root = w * 3.0
    root.backward()
    history = History()
    history.record(root, [w])
    history[0]["w"] = -1.0
    w.data = 5.0
    w.grad = 7.0
    assert (history[0]["w"], history[0]["dloss/dw"]) == (2.0, 3.0)


def test_unlabelled_nodes_have_no_column():
    """Only what has a label is recorded; unlabelled parameters are p1, p2, and an unlabelled result is the loss."""
    v, w = Value(1.0), Value(2.0)
    root = (v * 3.0 + w * Value(4.0)) ** 2
    root.backward()
    history = History()
    history.record(root, [v, w])
    assert history.columns == ("epoch", "p1", "p2", "loss", "dloss/dp1", "dloss/dp2")
    assert history[0] == {"epoch": 0, "p1": 1, "p2": 2, "loss": 121, "dloss/dp1": 66, "dloss/dp2": 88}


def test_a_loss_that_is_a_parameter_itself():
    """The graph of one node has one column, with the slope 1."""
    w = Value(2.0, "w")
    w.backward()
    history = History()
    history.record(w, [w])
    assert history[0] == {"epoch": 0.0, "w": 2.0, "dw/dw": 1.0}


def test_two_nodes_of_one_label_are_an_error():
    """A label must name one quantity: two data nodes of one name are refused by that name, and no row is added."""
    w = Value(1.0, "w")
    root = w + Value(2.0, "x") + Value(3.0, "x")
    root.backward()
    history = History()
    with pytest.raises(ValueError, match="two nodes of the graph have the label 'x'"):
        history.record(root, [w])
    assert len(history) == 0


@pytest.mark.parametrize(
    ("parameter", "data", "made", "result"),
    [
        ("", "p1", "y", "E"),  # an unlabelled parameter is called p1
        ("w", "loss", "y", ""),  # an unlabelled result is called loss
        ("w", "x", "loss", ""),
        ("w", "epoch", "y", "E"),
        ("epoch", "x", "y", "E"),
        ("w", "dE/dw", "y", "E"),
        ("w", "x", "dE/dw", "E"),
    ],
)
def test_a_label_like_a_name_of_the_history_is_refused_or_kept_apart(parameter, data, made, result):
    """A label that is also a name the history itself gives never makes two quantities share a column."""
    w, x = Value(2.0, parameter), Value(3.0, data)
    y = w * x
    y.label = made
    root = y + 10.0
    root.label = result
    root.backward()
    history = History()
    with suppress(ValueError):
        history.record(root, [w])
    if not len(history):
        return
    assert len(set(history.columns)) == len(history.columns)
    assert sorted(history[0].values()) == sorted([0.0, 2.0, 3.0, 6.0, 16.0, 3.0, 1.0])


@pytest.mark.parametrize("change", ["another label", "one more", "one fewer"])
def test_labels_that_change_between_epochs_are_an_error(change):
    """Every row has the same columns: a graph with other labels is refused, the message names what differs."""
    history = _recorded("x")
    w = Value(2.0, "w")
    root = w * 1.0
    for label in {"another label": ["z"], "one more": ["x", "z"], "one fewer": []}[change]:
        root = root + Value(1.0, label)
    root.label = "E"
    root.backward()
    odd = {"another label": "x, z", "one more": "z", "one fewer": "x"}[change]
    with pytest.raises(ValueError, match=f"labels changed between epochs: {odd}$"):
        history.record(root, [w])
    assert len(history) == 1


def test_labels_that_change_places_are_an_error():
    """The same labels in another order would mix columns up, so that is refused as well."""
    history = _recorded("x", "z")
    w = Value(2.0, "w")
    root = w * 1.0 + Value(1.0, "z") + Value(1.0, "x")
    root.label = "E"
    with pytest.raises(ValueError, match="labels changed between epochs: their order"):
        history.record(root, [w])
    assert len(history) == 1


def test_the_text_form_says_how_much_there_is_and_why_it_ended():
    """`repr` has the number of epochs and columns, and the reason why training stopped."""
    assert repr(_mazur_history()) == "<History: 5 rows, 44 columns, E_total 0.2984 to 0.2682, stopped: epochs>"
    assert repr(History()) == "<History: 0 rows, 1 columns>"


def test_a_history_can_be_copied_and_pickled():
    """A copy or a pickle has the same rows and reason."""
    history = _mazur_history()
    for other in (copy.deepcopy(history), pickle.loads(pickle.dumps(history))):
        assert list(other.rows()) == list(history.rows())
        assert other.stopped == history.stopped


# --- CSV ----------------------------------------------------------------------------------------------------------


def test_csv_has_a_header_and_a_row_an_epoch(tmp_path):
    """The file is UTF-8 with LF at line ends: a header, then rows, epochs as whole numbers; the path is returned."""
    history = _mazur_history()
    path = tmp_path / "history.csv"
    assert history.to_csv(path) == path
    rows = _read(path)
    assert tuple(rows[0]) == history.columns
    assert [row[0] for row in rows[1:]] == ["0", "1", "2", "3", "4"]
    assert rows[1][history.columns.index("E_total")] == "0.2983711087600027"
    content = path.read_bytes()
    assert b"\r" not in content
    assert content.endswith(b"\n")
    assert history.to_csv(str(path)) == path


@given(st.lists(st.tuples(FINITE_OR_NOT, FINITE_OR_NOT), min_size=1, max_size=5))
def test_csv_gives_every_number_back_to_the_bit(tmp_path_factory, numbers):
    """Reading the file with `float` gives the same floats: subnormals, infinities, the sign of zero; NaN is NaN."""
    history = History()
    for x, y in numbers:
        root = Value(x, "x") + Value(y, "y")
        root.label = "E"
        root.backward()
        history.record(root, [])
    path = history.to_csv(tmp_path_factory.mktemp("csv") / "numbers.csv")
    back = [[float(text) for text in row] for row in _read(path)[1:]]
    for row, read in zip(history.rows(), back, strict=True):
        for a, b in zip(row.values(), read, strict=True):
            assert _bits(a) == _bits(b) or (math.isnan(a) and math.isnan(b))


STARTS = {x: f"'{x}" for x in ("=", "+", "-", "@", "\t", "\r", "\n", " =", "\u00a0=", "\x00=", "\ufeff=")}
STARTS |= {"\t=": "'\t'=", "\n@": "'\n'@", "a;=": "a;'=", "a\r -": "a\r' -"}  # a tab, say, may begin a cell of its own


@pytest.mark.parametrize(("start", "written"), STARTS.items())
def test_a_label_that_looks_like_a_formula_is_made_text(tmp_path, start, written):
    """A header that a spreadsheet would compute gets an apostrophe in front, and is otherwise as it was."""
    label = start + "HYPERLINK(1)"
    history = _recorded(label)
    header = _read(history.to_csv(tmp_path / "formula.csv"))[0]
    assert header == ["epoch", written + "HYPERLINK(1)", "w", "E", "dE/dw"]
    assert history[label] == [0.0]  # here it keeps its name


def test_no_header_starts_like_a_formula(tmp_path):
    """Gradient columns begin with d, so a dangerous label of the result or of a parameter is harmless there."""
    w = Value(1.0, "=w")
    root = w * 2.0
    root.label = "=E"
    root.backward()
    history = History()
    history.record(root, [w])
    header = _read(history.to_csv(tmp_path / "x.csv"))[0]
    assert header == ["epoch", "'=w", "'=E", "d=E/d=w"]


@pytest.mark.parametrize("label", ["plain", "w-1", "a=b", "'quoted", "x²", "∂E/∂w", "重み", "1", "a b"])
def test_ordinary_labels_stay_as_they_are(tmp_path, label):
    """A label that no spreadsheet would compute is written unchanged, in UTF-8."""
    assert _read(_recorded(label).to_csv(tmp_path / "x.csv"))[0][1] == label


@pytest.mark.parametrize("label", ['say "so"', '"', "a,b", "a;b", "a\nb", "a\r\nb", "a\rb", ",", "a\tb", "a\x00b"])
def test_labels_with_the_marks_of_csv_come_back(tmp_path, label):
    """Quotes, commas and line ends of any kind in a label are quoted: the file reads back as one header, one row."""
    rows = _read(_recorded(label).to_csv(tmp_path / "x.csv"))
    assert rows == [["epoch", label, "w", "E", "dE/dw"], ["0", "0.0", "2.0", "2.0", "1.0"]]


LABELS = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters=set("=+-@＝＋－＠")), min_size=1, max_size=12
)


@given(st.lists(LABELS, min_size=1, max_size=4, unique=True))
def test_any_labels_come_back(tmp_path_factory, labels):
    """For any text as labels, the file has as many fields in header and row, and the header is the labels."""
    labels = [f"x{label}" for label in labels]
    rows = _read(_recorded(*labels).to_csv(tmp_path_factory.mktemp("csv") / "labels.csv"))
    assert rows[0] == ["epoch", *labels, "w", "E", "dE/dw"]
    assert [len(row) for row in rows] == [len(labels) + 4] * 2


def test_an_empty_history_is_a_header(tmp_path):
    """Without a row there is just the column epoch."""
    assert _read(History().to_csv(tmp_path / "x.csv")) == [["epoch"]]


# --- whole or not at all ------------------------------------------------------------------------------------------


def test_a_missing_folder_is_named(tmp_path):
    """Writing into a folder that is not there is a FileNotFoundError with the path that was asked for."""
    path = tmp_path / "missing" / "history.csv"
    with pytest.raises(FileNotFoundError, match=r"missing.history\.csv"):
        _mazur_history().to_csv(path)
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_leaves_the_old_file(tmp_path, monkeypatch):
    """If the disk fills up half-way, the old file is still there, whole, and nothing else."""

    class FullDisk(io.BytesIO):
        def write(self, data):
            raise OSError(28, "No space left on device")

    path = _mazur_history().to_csv(tmp_path / "history.csv")
    before = path.read_bytes()
    monkeypatch.setattr(files, "open", lambda *_args, **_options: FullDisk(), raising=False)
    with pytest.raises(OSError, match=r"No space left on device.*history\.csv"):
        _mazur_history(9).to_csv(path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]
