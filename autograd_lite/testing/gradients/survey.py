"""Gradients with more entries than can be looked at one by one: some singly, all of them together along directions."""

import math
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from autograd_lite.engine.graph import readable
from autograd_lite.testing.gradients.directions import Direction, Directions
from autograd_lite.testing.gradients.judge import Judge
from autograd_lite.testing.gradients.number_text import exactly, uncertainty
from autograd_lite.testing.gradients.operation_slopes import Suspect, rounding
from autograd_lite.testing.gradients.parts import Entries
from autograd_lite.testing.gradients.report import CheckedSlope
from autograd_lite.testing.gradients.structure import some
from autograd_lite.testing.gradients.subject import Subject
from autograd_lite.testing.gradients.typical_errors import with_typical_errors
from autograd_lite.testing.gradients.verdicts import Verdict, negligible
from autograd_lite.text.layout import many

__all__ = ["SINGLY", "Effort", "Survey"]

SINGLY = 100
"""Gradients of so many entries are checked entry by entry."""
SAMPLE = 8
"""Of larger ones so many are, half of them those with the largest slopes."""
ENOUGH = 8  # wrong slopes tell what there is to tell
AT_KINKS = 32  # entries that are, and so cannot be checked along directions, are checked singly
AT_ONCE = 4  # so many are looked at before the clock is


@dataclass(frozen=True, slots=True)
class Effort:
    """How much is looked at."""

    entries: int | None = None
    directions: int = 4
    seed: int = 0
    seconds: float | None = None

    def __post_init__(self) -> None:
        """Raises `ValueError` for counts below 0, and for no time at all."""
        for name in ("entries", "directions"):
            given = getattr(self, name)
            if given is not None and (isinstance(given, bool) or not isinstance(given, int) or given < 0):
                raise ValueError(f"{name} is a count, 0 or more, got {given!r}")
        if self.seconds is not None and not self.seconds > 0.0:
            raise ValueError(f"seconds is the time for the check, above 0, got {self.seconds!r}")

    def singly(self, size: int) -> int:
        """How many of the entries of a gradient are checked singly."""
        return min(size, (size if size <= SINGLY else SAMPLE) if self.entries is None else self.entries)


@dataclass
class Survey:
    """A check of a gradient by some of its entries and by directions; what was found gathers in it."""

    subject: Subject
    claimed: Any
    effort: Effort
    rtol: float
    value: float
    slopes: list[CheckedSlope] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    suspect: Suspect | None = None

    def __post_init__(self) -> None:
        """Choose the entries, and start the clock."""
        self._start = time.monotonic()
        self._noise = (
            rounding(self.subject.record(self.subject.point)[0]) if self.subject.recorded else self.subject.noise
        )
        self._checked: set[int] = set()
        self._directions: list[Direction] = []
        self._tiers = 0
        self._held: list[tuple[int, int]] = []

    def check(self) -> None:
        """Check the directions and the entries."""
        size = len(self.claimed)
        largest, others = self._chosen()
        endless = [k for k in range(size) if not math.isfinite(self.claimed[k])] if self._endless() else []
        if len(largest) + len(others) < size:
            self._along_directions()
        kinks = [k for low, high in self._held for k in range(low, high)]
        chosen = [*endless[:AT_ONCE], *largest, *others, *kinks[:AT_KINKS]]
        self._entries([k for k in dict.fromkeys(chosen) if k not in self._checked])
        self._coverage(len({*endless, *kinks} - self._checked))

    @property
    def partial(self) -> bool:
        """Whether directions stand for entries that were not checked singly."""
        return bool(self._directions)

    @property
    def _over(self) -> bool:
        """Whether the time is over."""
        return self.effort.seconds is not None and time.monotonic() - self._start > self.effort.seconds

    def _endless(self) -> bool:
        if hasattr(self.claimed, "shape"):
            import numpy as np

            return not np.isfinite(self.claimed).all()
        return not all(map(math.isfinite, self.claimed))

    def _chosen(self) -> tuple[list[int], list[int]]:
        """The entries that are checked singly: those with the largest slopes, and random ones."""
        size, wanted = len(self.claimed), self.effort.singly(len(self.claimed))
        if wanted == size:
            return list(range(size)), []
        first = (wanted + 1) // 2
        if hasattr(self.claimed, "shape"):
            import numpy as np

            sizes = -np.nan_to_num(np.abs(self.claimed))
            near = np.argpartition(sizes, first)[: first + 1]
            largest = [int(k) for k in near[np.argsort(sizes[near], kind="stable")][:first]]
        else:
            largest = sorted(range(size), key=lambda k: -abs(self.claimed[k]))[:first]
        drawn = random.Random(self.effort.seed).sample(range(size), wanted)  # noqa: S311  (no secret)
        return largest, [k for k in drawn if k not in largest][: wanted - first]

    def _entries(self, entries: Sequence[int]) -> None:
        """Check some entries one by one."""
        at_once = AT_ONCE if self.effort.seconds else max(len(entries), 1)
        for begin in range(0, len(entries), at_once):
            wrong = sum(slope.verdict == Verdict.WRONG for slope in self.slopes)
            if (self._over and self.slopes) or wrong > ENOUGH:
                return
            part = entries[begin : begin + at_once]
            judge = Judge(Entries(self.subject, part), self.rtol, self.value)
            self.slopes += judge.first_order([float(self.claimed[k]) for k in part])
            self.suspect = self.suspect or judge.suspect
            self.remarks += [remark for remark in judge.remarks if remark not in self.remarks]
            self._checked.update(part)

    # --- directions ------------------------------------------------------------------------------------------------

    def _along_directions(self) -> None:
        """Check along directions; where one is off, find the entries."""
        directions = Directions(self.subject, self.claimed, self._noise, self.rtol, self.effort.seed)
        which = [None] * self.effort.directions + [*range(len(directions.tiers))] * bool(self.effort.directions)
        for tier in which:
            if self._over:
                break
            seen = self._along(directions, directions.draw(tier))
            if seen.finding.between and not self._held:
                self._held = directions.kinks(seen.moves)
                directions.hold(self._held)
                seen = self._along(directions, directions.draw(tier)) if self._held else seen
            if tier is not None and seen.finding.verdict == Verdict.INCONCLUSIVE:
                continue  # the other directions have these entries too, but see less of them
            self._directions.append(seen)
            self._tiers += tier is not None
            if seen.finding.verdict == Verdict.WRONG:
                break
        if not self._directions:
            return
        moved = max(direction.moved for direction in self._directions)
        little = negligible(self.subject.inputs.epsilon)
        for k, direction in enumerate(self._directions):
            found = direction.finding
            if found.verdict == Verdict.INCONCLUSIVE and found.within and found.effect <= little * moved:
                self._directions[k] = replace(direction, finding=replace(found, verdict=Verdict.CONFIRMED, note=""))
        self._rows()
        self._least = directions.missed(self._directions)

    def _along(self, directions: Directions, moves: Any) -> Direction:
        """Check along one direction; where it is off, find the entries."""
        seen = directions.look(moves)
        if seen.finding.verdict == Verdict.WRONG and self._locate(directions, seen):
            return seen
        seen = directions.check(moves)
        if seen.finding.verdict == Verdict.WRONG and not self._locate(directions, seen) and seen.finding.between:
            note = "it is at a kink, where slopes that are right one by one need not add up"
            return replace(seen, finding=replace(seen.finding, verdict=Verdict.INCONCLUSIVE, note=note))
        return seen

    def _rows(self) -> None:
        names = [f"direction {k}" for k in range(1, len(self._directions) + 1)]
        findings = [direction.finding for direction in self._directions]
        claimed = [direction.claimed for direction in self._directions]
        findings = with_typical_errors(findings, claimed, names)
        rows = []
        for name, finding, slope in zip(names, findings, claimed, strict=True):
            outcome = finding.expected, finding.uncertainty, finding.verdict, finding.note, finding.between
            rows.append(CheckedSlope((name,), name, math.nan, slope, *outcome))
        self.slopes[:0] = rows

    def _locate(self, directions: Directions, direction: Direction) -> bool:
        """Find entries that make a slope wrong, and check them singly; return whether one is wrong."""
        names, found, groups = self.subject.names, [], []
        arrays = directions.groups(direction)
        for low, high in directions.wrong_entries(direction, arrays):
            if high - low == 1:
                found.append(low)
            else:
                groups.append(f"{names[low]} to {names[high - 1]}")
            if self._over:
                break
        before = len(self.slopes)
        self._entries([k for k in found if k not in self._checked])
        wrong = any(slope.verdict == Verdict.WRONG for slope in self.slopes[before:])
        if not wrong and not direction.sure:
            return False
        off = [readable(self._array(array.low)) for array in arrays if array.clear]
        if off and len(arrays) > 1:
            self.remarks.append(f"Along the direction the slopes of {some(off)} are off, of {len(arrays)} arrays.")
        if found:
            text = some(names[k] for k in found)
            self.remarks.append(f"Bisection over groups of entries leads to {text}; there may be others.")
        if groups:
            self.remarks.append(
                f"Bisection over groups of entries ends at {some(groups)}: the slopes of smaller groups are too "
                "uncertain to say more."
            )
        return wrong

    def _array(self, k: int) -> str:
        """The name of the array that an entry is in."""
        inputs = self.subject.inputs
        return inputs.leaves[inputs.names.place(k)].name

    # --- what was looked at ----------------------------------------------------------------------------------------

    def _coverage(self, still: int) -> None:
        """Say which entries were checked, and how; so many did not move, and were not checked singly."""
        size, singly = len(self.claimed), len(self._checked)
        left = size - singly
        if left:
            seen = [d for d in self._directions if d.finding.verdict != Verdict.INCONCLUSIVE]
            if not seen:
                self._unchecked(left)
            elif still:
                self._unchecked(still)
        how = f"{many(singly)} of {many(size)} entries were checked singly"
        if self._directions:
            count = len(self._directions) - self._tiers
            how += f", all together along {count} random direction{'s' * (count != 1)} (seed {self.effort.seed})"
            if self._tiers:
                how += f", those with small slopes along {self._tiers} more"
        wanted = self.effort.directions and self._over
        self.remarks.append(f"{how}{', when the time given was over' if wanted else ''}.")
        if self._directions and math.isfinite(self._least[0]):
            least, seen_of = self._least
            self.remarks.append(
                f"Along directions an error above {uncertainty(least)} in any single entry would have been seen, and "
                f"one of 0.1 % in {many(seen_of)} of {many(size)}."
            )

    def _unchecked(self, count: int) -> None:
        name = "1 other" if count == 1 else f"{many(count)} others"
        seconds = self.effort.seconds
        note = (
            f"not checked: the time given, {exactly(seconds)} s, was over" if seconds and self._over else "not checked"
        )
        if not self._over:
            note += ": they are at kinks, or no numbers" if self._directions else ", with directions=0"
        self.slopes.append(
            CheckedSlope((name,), name, math.nan, math.nan, math.nan, math.inf, Verdict.INCONCLUSIVE, note)
        )
