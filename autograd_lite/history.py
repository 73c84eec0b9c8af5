"""What happened in training: every named quantity of every epoch."""

import os
import re
import unicodedata
from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import overload

from autograd_lite.engine.graph import named, readable
from autograd_lite.engine.ieee import short
from autograd_lite.engine.showing import Shown
from autograd_lite.engine.validation import in_order
from autograd_lite.engine.value import Value, locked

__all__ = ["History", "Remark", "RemarkKind", "Stopped"]


class Stopped(StrEnum):
    """Why a training ended; equal to its text."""

    NOT_YET = ""
    EPOCHS = "epochs"
    TARGET_LOSS = "target loss"
    NO_IMPROVEMENT = "no improvement"
    INTERRUPTED = "interrupted"


class RemarkKind(StrEnum):
    """What is to be remarked of a training; equal to its text."""

    NO_GRADIENT = "no gradient"
    LOST = "lost in rounding"
    LEAPS = "too long steps"
    HUGE = "huge parameters"
    DEAD = "dead units"
    SATURATED = "saturated units"
    COPIES = "equal units"


@dataclass(frozen=True)
class Remark(Shown):
    """Why a training stood still, or what went wrong though its loss is finite; printed, its words."""

    kind: RemarkKind
    words: str
    names: tuple[str, ...]
    """The units or the parameter in question."""

    def __str__(self) -> str:
        return self.words

    def __repr__(self) -> str:
        return f"<Remark, {self.kind}: {short(self.words)}>"


class History(Sequence[dict[str, float]], Shown):
    """Rows of named quantities, one an epoch: row 0 is before any update, row n after n of them.

    `history[-1]` is a row, a dict by name; `history["E_total"]` a column, a list of floats; `history.rows()` all rows.
    The names are the labels of the graph (data, parameters, sums, activations, losses), then the gradients, such as
    `dE_total/dw1`.
    """

    def __init__(self) -> None:
        self.columns: tuple[str, ...] = ("epoch",)
        self.stopped = Stopped.NOT_YET
        """Why training ended."""
        self.remarks: tuple[Remark, ...] = ()
        """Why it stood still, if it did, and what else is odd at its end."""
        self._rows: list[array[float]] = []

    def record(self, root: Value, parameters: Sequence[Value]) -> None:
        """Append a row: the labelled nodes of the graph of `root`, and the gradients `backward()` has left in them.

        Gradients are kept of the parameters and of what is computed, not of data (the other leaves). Unlabelled
        parameters are called p1, p2, ...

        Raises `ValueError` if two quantities have one name, or the names are not those of the rows before.
        """
        self.append(self.measure(root, parameters))

    @locked
    def measure(self, root: Value, parameters: Sequence[Value]) -> dict[str, float]:
        """Return the next row, as `record` would append it."""
        nodes = named(root)
        trained = {node.label or f"p{k}": node for k, node in enumerate(in_order(parameters, "parameters"), 1)}
        ours = set(trained.values())
        data = {name: node for name, node in nodes.items() if node.op is None and node not in ours}
        computed = {name: node for name, node in nodes.items() if node.op is not None and node is not root}
        result = root.label or "loss"
        pairs = [("epoch", float(len(self._rows)))]
        pairs += ((name, node.data) for part in (data, trained, computed) for name, node in part.items())
        if root not in ours:
            pairs.append((result, root.data))
        pairs += ((f"d{result}/d{name}", node.grad) for part in (trained, computed) for name, node in part.items())
        row = dict(pairs)
        if len(row) != len(pairs) or len(trained) != len(parameters):
            raise ValueError(
                "two quantities have one name; give each parameter a label of its own (unlabelled: p1, p2, ...) "
                f"that is no other column's name: epoch, {readable(result)}, {readable(f'd{result}')}/d..."
            )
        return row

    def append(self, row: dict[str, float]) -> None:
        """Append a row that `measure` has made; raises `ValueError` if its names are not those of the rows before."""
        columns = tuple(row)
        if not self._rows:
            self.columns = columns
        elif columns != self.columns:
            odd = sorted(set(columns) ^ set(self.columns))
            changes = ", ".join(map(readable, odd[:5])) or "their order"
            raise ValueError(f"the graph's labels changed between epochs: {changes}")
        self._rows.append(array("d", row.values()))

    def extend(self, columns: Sequence[str], rows: Iterable[Sequence[float]]) -> None:
        """Append rows of numbers, of which the first is the epoch; raises `ValueError` if the columns are others."""
        if not self._rows:
            self.columns = tuple(columns)
        elif tuple(columns) != self.columns:
            raise ValueError("the columns are not those of the rows before")
        self._rows.extend(array("d", row) for row in rows)

    def truncate(self, rows: int) -> None:
        """Forget all but the first rows."""
        del self._rows[rows:]

    def __len__(self) -> int:
        """The number of epochs recorded, the one before any update included."""
        return len(self._rows)

    @overload
    def __getitem__(self, key: int) -> dict[str, float]: ...
    @overload
    def __getitem__(self, key: slice) -> list[dict[str, float]]: ...
    @overload
    def __getitem__(self, key: str) -> list[float]: ...
    def __getitem__(self, key: int | slice | str) -> dict[str, float] | list[dict[str, float]] | list[float]:
        """A row by number, rows by slice, or a column by name."""
        if isinstance(key, str):
            if key not in self.columns:
                there = ", ".join(map(readable, self.columns[:40])) + ", ..." * (len(self.columns) > 40)
                raise KeyError(f"no column {short(key)}; there are {there}")
            at = self.columns.index(key)
            return [row[at] for row in self._rows]
        if isinstance(key, slice):
            return [self._row(row) for row in self._rows[key]]
        if not -len(self) <= key < len(self):
            raise IndexError(f"there is no epoch {key} in this history of {len(self)} epochs, counted from 0")
        return self._row(self._rows[key])

    @property
    def result(self) -> str:
        """The name of the result, of which the gradients are, such as "E_total"; empty if no column tells."""
        names = set(self.columns)
        for column in self.columns:
            for at in re.finditer("/d", column) if column.startswith("d") else ():
                if column[1 : at.start()] in names:
                    return column[1 : at.start()]
        return self.columns[1] if len(self.columns) == 2 else ""

    def rows(self) -> Iterator[dict[str, float]]:
        """Each row as a dict by column name."""
        return map(self._row, self._rows)

    def _row(self, row: "array[float]") -> dict[str, float]:
        return dict(zip(self.columns, row, strict=True))

    def to_csv(self, path: str | os.PathLike[str]) -> Path:
        """Write all rows as CSV (UTF-8, a header, numbers with all their digits), whole or not at all.

        A label that a spreadsheet would take for a formula gets an apostrophe in front. Raises `OSError`.
        """
        import csv
        import io

        from autograd_lite.storage.files import write_whole  # here, for it is a third of the time of the import

        text = io.StringIO()
        odd = any("\r" in name for name in self.columns)  # which the default would not quote
        writer = csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_ALL if odd else csv.QUOTE_MINIMAL)
        writer.writerow([_inert(name) for name in self.columns])
        for row in self._rows:
            writer.writerow([int(row[0]), *map(repr, row[1:])])
        return write_whole(path, text.getvalue())

    def __repr__(self) -> str:
        loss = self.result
        course = f", {readable(loss)} {self[0][loss]:.4g} to {self[-1][loss]:.4g}" if loss and len(self) else ""
        ended = self.stopped and f", stopped: {self.stopped}"
        remarks = f", remarks: {', '.join(remark.kind for remark in self.remarks)}" if self.remarks else ""
        return f"<History: {len(self)} rows, {len(self.columns)} columns{course}{ended}{remarks}>"


# What a spreadsheet would begin to compute at: at the start of a cell, or of what another program takes for the start
# of one, a semicolon or a line end within quotation marks. Blanks and what cannot be seen before it do not count.
_FORMULA = re.compile(r"(^|[;\t\r\n])([^\w;\t\r\n]*?)(?=[=+\-@＝＋－＠])")


def _inert(name: str) -> str:
    """The name, with an apostrophe where a formula would begin."""

    def marked(found: re.Match[str]) -> str:
        hidden = all(unicodedata.category(c)[0] in "CZ" for c in found[2])
        return f"{found[1]}{chr(39) * hidden}{found[2]}"

    text = _FORMULA.sub(marked, name)
    return "'" + text if text[:1] in {"\t", "\r", "\n"} else text
