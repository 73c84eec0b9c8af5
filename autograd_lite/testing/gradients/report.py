"""What `check_gradient` found, as numbers, as text and for notebooks."""

import html
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from autograd_lite.engine.graph import shortened
from autograd_lite.engine.showing import Shown
from autograd_lite.testing.gradients.number_text import exactly, ratio, short, uncertain
from autograd_lite.testing.gradients.operation_slopes import Suspect
from autograd_lite.testing.gradients.verdicts import Verdict
from autograd_lite.text.layout import brief, many, page, table, web_table
from autograd_lite.text.python import visible

__all__ = ["CheckedSlope", "GradientError", "GradientReport"]

LISTED = 40  # slopes that are printed; those that are not right come first
IN_ERRORS = 10  # the same in a message, of which a test run may show many
NOTED = 8  # notes that are printed
NAMED = 6  # inputs that are named in the title


@dataclass(frozen=True, slots=True)
class CheckedSlope(Shown):
    """One entry of the gradient (or of the Hessian): what it is, what differences give, and the verdict."""

    wrt: tuple[str, ...]
    """The input; for a second derivative the two."""
    symbol: str
    """Such as "∂f/∂x"."""
    at: float
    """The number of the input (of the last one)."""
    got: float
    """What was checked."""
    expected: float
    """What differences give; NaN if they give nothing."""
    uncertainty: float
    """How far off `expected` may be, by their own estimate; infinite if they give nothing."""
    verdict: Verdict
    note: str = ""
    """What is special."""
    between: tuple[float, float] | None = None
    """At a kink the slopes on the two sides, the lower first."""
    found_above: float | None = None
    """The smallest error, of those made as a control, that the check found; None where none was made."""

    def __repr__(self) -> str:
        symbol, got = brief(self.symbol), brief(f"{self.got:.10g}")
        return f"<CheckedSlope {symbol}: got {got}, by differences {self.expected:.10g}, {self.verdict}>"

    @property
    def ok(self) -> bool:
        """Whether it is confirmed in one way or the other."""
        return self.verdict.good

    @property
    def along(self) -> bool:
        """Whether it is no entry, but the slope along a direction in which all inputs move."""
        return self.wrt[0].startswith("direction ") and math.isnan(self.at)

    @property
    def units(self) -> float:
        """The error, in units of the uncertainty: 0.0 for what is between the slopes of a kink, NaN for no number."""
        if self.verdict == Verdict.KINK:
            return 0.0
        error = abs(self.got - self.expected)
        if self.uncertainty == 0.0 or math.isnan(error):
            return 0.0 if error == 0.0 or self.got == self.expected else math.inf if error > 0.0 else math.nan
        return error / self.uncertainty


@dataclass(frozen=True, eq=False, repr=False)
class GradientReport:
    """The checked entries of a gradient: true if all are right, printed and in notebooks a table with explanations."""

    name: str
    """What the function or the result is called."""
    point: tuple[tuple[str, float], ...]
    """The inputs and their numbers; the first thousand of many."""
    slopes: tuple[CheckedSlope, ...]
    """The entries of the gradient, and of the Hessian if it was asked for."""
    suspect: Suspect | None = None
    """The first operation whose slope is wrong, if something is wrong."""
    remarks: tuple[str, ...] = ()
    """What explains the verdicts, in sentences."""
    where: str = ""
    """What to call the point in the title if arrays are among the inputs: their names and shapes."""
    entries: int = 0
    """How many entries the gradient has, if only some of them were checked singly."""
    control: str = ""
    """Which errors would have been found, in a sentence."""
    allow_inconclusive: bool = False
    """Whether entries that could not be checked count as right."""

    @property
    def wrong(self) -> tuple[CheckedSlope, ...]:
        """The entries that are wrong."""
        return tuple(slope for slope in self.slopes if slope.verdict == Verdict.WRONG)

    @property
    def inconclusive(self) -> tuple[CheckedSlope, ...]:
        """The entries that could not be checked, those at a jump included."""
        return tuple(slope for slope in self.slopes if slope.verdict in {Verdict.INCONCLUSIVE, Verdict.JUMP})

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong, and everything could be checked (or something, if that is allowed to be enough)."""
        enough = any(slope.ok for slope in self.slopes) if self.allow_inconclusive else not self.inconclusive
        return not self.wrong and enough

    def __bool__(self) -> bool:
        return self.ok

    def __len__(self) -> int:
        return len(self.slopes)

    def __iter__(self) -> Iterator[CheckedSlope]:
        return iter(self.slopes)

    def __getitem__(self, name: str | tuple[str, ...]) -> CheckedSlope:
        wrt = (name,) if isinstance(name, str) else tuple(name)
        for slope in self.slopes:
            if slope.wrt == wrt or slope.symbol == name:
                return slope
        raise KeyError(f"no derivative along {', '.join(map(str, wrt))} was checked")

    def rows(self) -> list[dict[str, Any]]:
        """Return a dict for each entry: wrt, at, got, expected, uncertainty, units, verdict, note, found_above."""
        return [
            {
                "wrt": ", ".join(s.wrt),
                "at": s.at,
                "got": s.got,
                "expected": s.expected,
                "uncertainty": s.uncertainty,
                "units": s.units,
                "verdict": s.verdict,
                "note": s.note,
                "found_above": s.found_above,
            }
            for s in self.slopes
        ]

    # --- what it looks like ----------------------------------------------------------------------------------------

    def __str__(self) -> str:
        return self.text()

    def text(self, most: int = LISTED) -> str:
        """Return the report as text, with so many entries at most: those that are not right come first."""
        shown = self._shown(most)
        lines = [self._title(), ""]
        lines += table([HEAD, *(_cells(slope) for slope in shown)], SIDES)
        lines += [f"  {_left(self.slopes, shown)}"] * (len(shown) < len(self.slopes))
        explained = self._explained(shown)
        return "\n".join([*lines, *([""] if explained else []), *explained])

    def __repr__(self) -> str:
        return f"<GradientReport of {brief(self.name, 40)}: {self._verdict()}>"

    def _repr_html_(self) -> str:
        shown = self._shown()
        cells = [[html.escape(cell) for cell in _cells(slope)] for slope in shown]
        return page(
            html.escape(self._title()),
            web_table(HEAD, cells, SIDES),
            _left(self.slopes, shown) if len(shown) < len(self.slopes) else "",
            *(html.escape(line) for line in self._explained(shown)),
        )

    def _title(self) -> str:
        inputs = ", ".join(f"{visible(shortened(name))} = {exactly(x)}" for name, x in self.point[:NAMED])
        inputs += ", ..." * (len(self.point) > NAMED)
        return f"{visible(self.name)} at {visible(self.where) or inputs}: {self._verdict()}"

    def _verdict(self) -> str:
        wrong, unsure, count = len(self.wrong), len(self.inconclusive), len(self.slopes)
        what = "derivative" if any(len(slope.wrt) > 1 for slope in self.slopes) else "slope"
        if self.entries and not unsure:
            result = self._sampled()
        elif wrong:
            result = f"its {what} is wrong" if count == 1 else f"{_of(wrong, count, what)} {_are(wrong)} wrong"
        elif unsure:
            result = f"{'its slope' if count == 1 else _of(unsure, count, what)} could not be checked"
        else:
            result = f"its {what} is right" if count == 1 else f"{_of(count, count, what)} are right"
            kinks = sum(slope.verdict == Verdict.KINK for slope in self.slopes)
            if kinks:
                result += f", {'at a kink' if kinks == count else f'{kinks} of them at a kink'}"
        return result

    def _sampled(self) -> str:
        """The result for a gradient of which some entries were checked, and directions."""
        along = sum(slope.along for slope in self.slopes)
        wrong = sum(not slope.along for slope in self.wrong)
        count = f"{many(self.entries)} slopes"
        if wrong:
            return f"of {count} at least {wrong} {_are(wrong)} wrong"
        if self.wrong:
            return f"of {count} some are wrong"
        singly, lines = len(self.slopes) - along, f"{along} direction{'s' * (along != 1)}"
        shows = "shows" if len(self.slopes) == 1 else "show"
        return f"its {count} are right, as far as {f'{singly} of them and ' * bool(singly)}{lines} {shows}"

    def _shown(self, most: int = LISTED) -> Sequence[CheckedSlope]:
        if len(self.slopes) <= most:
            return self.slopes
        return [*(s for s in self.slopes if not s.ok), *(s for s in self.slopes if s.ok)][:most]

    def _explained(self, shown: Sequence[CheckedSlope]) -> list[str]:
        lines = []
        if self.suspect:
            lines.append(f"The first operation with a wrong slope: {self.suspect}.")
        lines += self.remarks
        symbols_by_note: dict[str, list[str]] = {}
        for slope in shown:
            if slope.note:
                symbols_by_note.setdefault(slope.note, []).append(visible(slope.symbol))
        noted = [f"{_several(symbols)}: {note}." for note, symbols in symbols_by_note.items()]
        lines += noted[: NOTED + (len(noted) == NOTED + 1)]
        lines += [f"({len(noted) - NOTED} more such notes are left out.)"] * (len(noted) > NOTED + 1)
        if self.ok:
            lines += filter(None, [self.control])
        if self.wrong:
            lines.append("(error / ±: how far off it is, in units of the uncertainty that the differences estimate.)")
        return lines


HEAD = ("", "at", "got", "by differences", "error / ±", "")
SIDES = "lrrrrl"


def _cells(slope: CheckedSlope) -> list[str]:
    plain = slope.verdict in {Verdict.CONFIRMED, Verdict.WRONG} and not math.isnan(slope.units)
    expected = "—" if math.isnan(slope.expected) else uncertain(slope.expected, slope.uncertainty)
    if slope.between:
        expected = f"{short(slope.between[0])} to {short(slope.between[1])}"
    return [
        visible(slope.symbol),
        "" if math.isnan(slope.at) else exactly(slope.at),
        ""
        if math.isnan(slope.got) and not slope.between and slope.verdict == Verdict.INCONCLUSIVE
        else exactly(slope.got),
        expected,
        ratio(slope.units) if plain else "—",
        slope.verdict.upper() if not slope.ok else slope.verdict,
    ]


def _left(slopes: Sequence[CheckedSlope], shown: Sequence[CheckedSlope]) -> str:
    """What to say of the entries that are not shown."""
    bad = sum(not slope.ok for slope in slopes) - sum(not slope.ok for slope in shown)
    return f"and {many(len(slopes) - len(shown))} more, {f'{many(bad)} of them not right' if bad else 'confirmed'}"


def _of(some: int, count: int, what: str) -> str:
    if some == count:
        return f"both {what}s" if count == 2 else f"all {count} {what}s"
    return f"{some} of {count} {what}s"


def _are(count: int) -> str:
    return "is" if count == 1 else "are"


def _several(symbols: Sequence[str], most: int = 4) -> str:
    listed = ", ".join(symbols[:most])
    return f"{listed} and {len(symbols) - most} more" if len(symbols) > most else listed


class GradientError(AssertionError):
    """A gradient is wrong, or could not be checked; the message is the report, in short, which is also its `report`."""

    def __init__(self, report: GradientReport) -> None:
        super().__init__(report)
        self.report = report

    def __str__(self) -> str:
        return self.report.text(IN_ERRORS)
