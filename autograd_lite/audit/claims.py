"""A table of gradients that a person derived, checked row by row: `check_claims`."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from autograd_lite.audit.judging.statements import judge_text
from autograd_lite.audit.judging.verdicts import (
    MISSING,
    RIGHT,
    UNKNOWN,
    UNREADABLE,
    Found,
    Rules,
    Verdict,
    judge_formula,
    judge_number,
    read_rules,
)
from autograd_lite.audit.mistakes import table
from autograd_lite.audit.mistakes.candidates import Mistake
from autograd_lite.audit.mistakes.ranking import Search
from autograd_lite.audit.mistakes.rows import IN_SEVERAL_ROWS, Kind
from autograd_lite.audit.notation.numbers import given
from autograd_lite.audit.notation.tokens import brief, in_order, nearest, unknown_row
from autograd_lite.audit.notation.trees import from_node
from autograd_lite.audit.places.points import Setting
from autograd_lite.audit.report import as_html, as_text
from autograd_lite.engine import anomaly
from autograd_lite.engine.chain import describe
from autograd_lite.engine.elsewhere import kind
from autograd_lite.engine.graph import find
from autograd_lite.engine.showing import Shown
from autograd_lite.engine.value import Value, locked
from autograd_lite.explanation.backward import parameters
from autograd_lite.text.formulas import formula

__all__ = ["Claim", "ClaimsReport", "Mistake", "Verdict", "check_claims"]

SEARCHED = 40
"""For so many wrong claims an explanation is searched."""
READABLE = 400
"""In graphs of at most so many nodes the right formula is shown."""
WRITTEN = 400
"""Formulas of more characters are not shown."""


@dataclass(frozen=True, eq=False)
class Claim(Shown):
    """One row of the table: what was claimed, and what is the case."""

    name: str
    """The name of the quantity, as it was given."""
    node: Value | None
    """The node; None if there is none of that name."""
    claimed: Any
    """The claim as it was given; None if it is missing."""
    value: float | None
    """The number that is claimed; of a formula what it gives at the recorded point; None if there is none."""
    gradient: float | None
    """The gradient, the same float as `backward()` gives."""
    verdict: Verdict
    """What the claim is, such as "right" or "wrong"."""
    note: str
    """What there is to add."""
    mistakes: tuple[Mistake, ...] = ()
    """What explains a wrong claim, the simplest first. With few digits these are candidates, no certainties."""
    tried: int = 0
    """How many mistakes were tried."""
    chance: float = 0.0
    """How many of them may be expected to fit by chance."""
    points: int = 0
    """At how many points a formula was compared."""
    formula: str = ""
    """The right formula; empty if the claim is right, or the formula would fill pages."""

    @property
    def ok(self) -> bool:
        """Whether the claim is right."""
        return self.verdict == RIGHT

    def __repr__(self) -> str:
        return f"<Claim {brief(self.name)}: {brief(str(self.claimed))}, gradient {self.gradient}: {self.verdict}>"


@dataclass(frozen=True, eq=False, repr=False)
class ClaimsReport:
    """A checked table: true if every claim is right, printed and in notebooks a table with explanations.

    Rows are found by name or node, `report["w3"].verdict`, and iterated over in order.
    """

    root: str
    """The name of the result."""
    claims: tuple[Claim, ...]
    """The rows: what was claimed, then what is missing."""
    unclaimed: tuple[str, ...] = ()
    """Weights that nothing is claimed of, if no list of what is due was given."""
    extra: tuple[str, ...] = ()
    """What was claimed, though it was not asked for."""
    shared: tuple[tuple[str, tuple[str, ...]], ...] = field(default=())
    """Mistakes that explain several rows, and the names of these."""

    @property
    def ok(self) -> bool:
        """Whether every claim is right, and none is missing."""
        return all(claim.ok for claim in self.claims)

    def __bool__(self) -> bool:
        return self.ok

    def __len__(self) -> int:
        return len(self.claims)

    def __iter__(self) -> Iterator[Claim]:
        return iter(self.claims)

    def __getitem__(self, name: str | Value) -> Claim:
        for claim in self.claims:
            if claim.node is name if isinstance(name, Value) else claim.name == name:
                return claim
        for claim in self.claims:
            if claim.node is not None and claim.node.label == name:
                return claim
        raise KeyError(
            f"no row {brief(str(name))!r} in this table; {nearest(str(name), [c.name for c in self.claims])}"
        )

    @property
    def right(self) -> int:
        """The number of right claims."""
        return sum(claim.ok for claim in self.claims)

    @property
    def score(self) -> str:
        """Such as "6 of 8 right"."""
        return f"{self.right} of {len(self.claims)} right"

    def rows(self) -> list[dict[str, Any]]:
        """Return a dict for each row: name, claimed, value, gradient, verdict, note, mistakes, formula."""
        return [
            {
                "name": claim.name,
                "claimed": claim.claimed,
                "value": claim.value,
                "gradient": claim.gradient,
                "verdict": claim.verdict,
                "note": claim.note,
                "mistakes": [mistake.text for mistake in claim.mistakes],
                "formula": claim.formula,
            }
            for claim in self.claims
        ]

    def __str__(self) -> str:
        return as_text(self)

    def __repr__(self) -> str:
        return f"<ClaimsReport of {brief(self.root or 'the result', 40)}: {self.score}>"

    def _repr_html_(self) -> str:
        return as_html(self)


@locked
def check_claims(
    y: Value,
    claims: Mapping[Any, Any],
    *,
    wrt: Iterable[Value | str] | None = None,
    held: Iterable[Value | str] = (),
    digits: int = 1,
    rtol: float | None = None,
    atol: float | None = None,
    lr: float | None = None,
) -> ClaimsReport:
    """Check a table of gradients that was derived by hand, and say what is wrong with it.

    >>> from autograd_lite import Value
    >>> from autograd_lite.audit import check_claims
    >>> w, x = Value(3.0, "w"), Value(2.0, "x")
    >>> report = check_claims(w * w * x, {"w": "2 * w * x", "x": 6.0})
    >>> report["w"].verdict, report["x"].verdict, report.score
    ('right', 'wrong', '1 of 2 right')

    ================  ==================================================================================
    verdict           of
    ================  ==================================================================================
    right             a number to which the gradient rounds; a formula that gives it, at other points too
    right here only   a formula that gives it where the graph was computed, and differs elsewhere
    wrong             what differs; "last digit wrong" a number that differs there alone
    too few digits    a number with fewer than `digits`
    cannot be judged  what rounding, or the digits given, leave too little of
    not readable      what is no formula and no number, or is of another row by its left side
    no such name      a row that no node has
    missing           what `wrt` asks for, and empty claims
    ================  ==================================================================================

    For a wrong claim single mistakes are made on purpose and compared; those that fit are listed, the likeliest first.
    Formulas are read, not run. docs/audit.md has the details.

    Nothing is changed in the graph, its gradients included.

    Args:
        y: the result.
        claims: by name (label, or a derivative such as "∂E/∂w3" or "dE/dw3") or node: a number, or text of one, or
            a formula as text or as a node. None and empty text are missing claims.
        wrt: what should be claimed; what of it is not counts as missing. None demands nothing.
        held: leaves that are the same at every point, so that formulas may have their numbers in place of the names.
        digits: how many significant digits a number must have; a float may lack zeros at its end, which it cannot have.
        rtol: tolerance, relative to the gradient, or to what a mistake makes of it, in place of the digits and bounds.
        atol: absolute tolerance, likewise.
        lr: the learning rate of the exercise, to recognise mistakes that it takes part in; usual ones if not given.

    Raises:
        TypeError: a result or name of the wrong type.
        ValueError: no claims; an unknown name in `wrt` or `held`, or no leaf in `held`;
            options out of range.
        StaleGraphError: a leaf's `data` was changed after the graph was computed.
    """
    if not isinstance(y, Value):
        raise TypeError(f"check_claims() takes the result as a node (Value), got {kind(y)}")
    if not hasattr(claims, "keys") or not hasattr(claims, "items"):
        raise TypeError(
            f"claims are a dict such as {{'w5': 0.0822}}, got {type(claims).__name__}; "
            "for a list of numbers, dict(zip(names, numbers))"
        )
    rules = read_rules(digits, rtol, atol, lr)
    with anomaly.unchecked():  # at the points around, a NaN may be met
        setting = Setting(y)
        setting.held = _held(_found(setting, held))
        due = None if wrt is None else _found(setting, wrt)
        if not len(claims) and not due:
            raise ValueError("there are no claims to check: give some, such as {'w5': 0.0822}")
        table = _Table(setting, rules)
        table.read(claims)
        return table.report(due)


def _found(setting: Setting, nodes: Iterable[Value | str] | Value | str) -> list[Value]:
    """The nodes of a list of nodes and labels."""
    if not isinstance(nodes, (Value, str)) and not isinstance(nodes, Iterable):
        raise TypeError(f"expected a list of labels or nodes, got {type(nodes).__name__}")
    listed = [nodes] if isinstance(nodes, (Value, str)) else list(nodes)
    labels = Counter(node.label for node in setting.names) if any(isinstance(x, str) for x in listed) else {}
    known = setting.by_name
    # find() has the errors for what is not there, or there twice
    return [known[x] if isinstance(x, str) and labels.get(x) == 1 else find(setting.y, x) for x in listed]


def _held(nodes: Sequence[Value]) -> set[Value]:
    for node in nodes:
        if node.op is not None:
            raise ValueError(f"{describe(node)} is computed; what can be held are leaves: inputs, targets, weights")
    return set(nodes)


class _Table:
    """The rows, as they are checked."""

    def __init__(self, setting: Setting, rules: Rules) -> None:
        self.setting, self.rules = setting, rules
        self.inside = set(setting.here.gradients)
        self.labels = Counter(node.label for node in setting.names)
        self.by_name = {name: node for node, name in setting.names.items() if node.label}
        self.root = setting.y.label
        self.found: list[Claim] = []
        self.searched = 0

    def read(self, claims: Mapping[Any, Any]) -> None:
        """Check every claim."""
        rows = [(key, *self._node(key), claim) for key, claim in claims.items()]
        self.setting.wrt = [node for _, _, node, _, _ in rows if node is not None]
        self.found = [self._checked(name, node, problem, claim) for _, name, node, problem, claim in rows]

    def report(self, due: Sequence[Value] | None) -> ClaimsReport:
        """Put the rows together."""
        claimed = {claim.node for claim in self.found if claim.node is not None}
        rows = _explained_together(self.found)
        if due is None:
            weights, _ = parameters(self.setting.order)
            left = tuple(in_order(x.label for x in weights if x.label and x not in claimed))
            return ClaimsReport(self.root, rows, left, (), _shared(rows))
        missing = [
            Claim(self._name(x), x, None, None, self.setting.here.slope(x), MISSING, "", formula=self._formula(x))
            for x in dict.fromkeys(due)
            if x not in claimed
        ]
        extra = tuple(claim.name for claim in self.found if claim.node is not None and claim.node not in set(due))
        return ClaimsReport(self.root, (*rows, *missing), (), extra, _shared(rows))

    def _name(self, node: Value) -> str:
        return self.setting.names.get(node) or describe(node)

    def _node(self, key: Any) -> tuple[str, Value | None, str]:
        """The name of a row, its node, and the problem if it has none."""
        if isinstance(key, Value):
            return self._name(key), key, ""
        if not isinstance(key, str):
            raise TypeError(f"claims are given by name (str) or node (Value), got {kind(key)} {brief(repr(key))}")
        if self.labels.get(key, 0) > 1 and key:
            return key, None, f"{self.labels[key]} nodes have this label; give the node itself, or {brief(key)} (2)"
        name = key if key in self.by_name else self._derivative(key)
        node = self.by_name.get(name)
        if node is None and name in self.setting.texts:
            node = self.setting.by_name[self.setting.texts[name]]
        return key, node, "" if node is not None else unknown_row(name, self.root, self.by_name)

    def _derivative(self, key: str) -> str:
        """What a derivative of the result is along, if the key is the name of one."""
        for d, between in (("∂", "/∂"), ("d", "/d"), ("d", "_d")):
            start = f"{d}{self.root}{between}"
            if self.root and key.startswith(start):
                return key.removeprefix(start)
        return key

    def _checked(self, name: str, node: Value | None, problem: str, claim: Any) -> Claim:
        blank = claim is None or (isinstance(claim, str) and not claim.strip())
        gradient = None if node is None else self.setting.here.slope(node)
        if node is None or blank:
            verdict = UNKNOWN if node is None else MISSING
            shown = "" if node is None else self._formula(node)
            return Claim(name, node, None if blank else claim, None, gradient, verdict, problem, formula=shown)
        found = self._judged(node, claim)
        if node not in self.inside and found.verdict != UNREADABLE:
            note = f"{brief(self.root) if self.root else 'the result'} does not depend on this node"
            found = replace(found, note=note, search=Search())
        right = "" if found.verdict == RIGHT else self._formula(node)
        search = found.search
        return Claim(
            name,
            node,
            claim,
            found.value,
            gradient,
            found.verdict,
            found.note,
            search.mistakes,
            search.tried,
            search.chance,
            found.points,
            right,
        )

    def _judged(self, node: Value, claim: Any) -> Found:
        rules = replace(self.rules, searching=self.searched < SEARCHED)
        if isinstance(claim, Value):
            tree = from_node(claim, self.setting.names)
        elif isinstance(claim, str):
            return self._counted(judge_text(self.setting, node, claim, rules))
        else:
            try:
                as_number = given(claim)
            except (TypeError, ValueError, OverflowError) as error:
                remedy = "; a claim may also be a formula (str) or a node (Value)" * isinstance(error, TypeError)
                return Found(UNREADABLE, f"{error}{remedy}")
            return self._counted(judge_number(self.setting, node, as_number, rules))
        return self._counted(judge_formula(self.setting, node, tree, rules))

    def _counted(self, found: Found) -> Found:
        self.searched += found.verdict not in {RIGHT, UNREADABLE}
        return found

    def _formula(self, node: Value) -> str:
        if len(self.setting.order) > READABLE or node not in self.inside:
            return ""
        text = formula(self.setting.y, node)
        return text if len(text) <= WRITTEN else ""


def _explained_together(rows: Sequence[Claim]) -> tuple[Claim, ...]:
    """What explains several rows is more likely in each; two rows that are each other's are exchanged."""
    texts = Counter(mistake.text for claim in rows for mistake in claim.mistakes)
    names = {claim.node: claim.name for claim in rows if claim.node is not None}
    taken = {claim.node: {mistake.node for mistake in claim.mistakes if mistake.node is not None} for claim in rows}
    together = []
    for claim in rows:
        mistakes = []
        for mistake in claim.mistakes:
            if mistake.node is not None and claim.node in taken.get(mistake.node, ()):
                exchanged = Mistake.of(table.EXCHANGED, other=brief(names[mistake.node]))
                mistakes.append(replace(exchanged, repaired=mistake.repaired, node=mistake.node))
            elif texts[mistake.text] > 1 and mistake.kind != Kind.OTHER_GRADIENT:
                mistakes.append(replace(mistake, cost=mistake.cost - IN_SEVERAL_ROWS))
            else:
                mistakes.append(mistake)
        mistakes.sort(key=lambda mistake: mistake.cost)
        together.append(replace(claim, mistakes=tuple(mistakes)))
    return tuple(together)


def _shared(rows: Sequence[Claim]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The first explanations that several rows have."""
    first: dict[str, list[str]] = {}
    for claim in rows:
        if claim.mistakes and claim.mistakes[0].kind != Kind.EXCHANGED:
            first.setdefault(claim.mistakes[0].text, []).append(claim.name)
    return tuple((text, tuple(names)) for text, names in first.items() if len(names) > 1)
