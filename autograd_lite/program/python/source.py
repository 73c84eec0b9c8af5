"""The functions that are generated: one call of a program, and its loop over epochs and rows of data."""

from collections import Counter
from collections.abc import Container, Iterable, Mapping, Sequence
from typing import Any

from autograd_lite.program.instructions import Guard, Instructions, needed
from autograd_lite.program.loops import (
    AFTER,
    BEFORE,
    EPOCH,
    ROW,
    BrokenGuardError,
    Loop,
    places_of,
    stays,
    summed_of,
)
from autograd_lite.program.python.writer import Writer
from autograd_lite.program.recording import Operand, Section

__all__ = ["call_source", "loop_source"]


def call_source(code: Instructions) -> tuple[str, dict[str, Any]]:
    """Return the source of `run(*inputs)`, which returns the outputs, and the functions that it calls."""
    writer = Writer(code)
    kept = {*writer.those(code.outputs), *writer.those(x for guard in code.guards for x in guard.args)}
    used = needed(writer.operands, len(writer.rows), kept)
    lines = _constants(writer, used)
    lines += _in_sections(writer, [k for k in used if writer.rows[k]], kept)
    lines += _guards(writer, code.guards)
    lines += _unsigned(code.gradients, code.outputs)
    lines += [f"return {_results(writer, code.outputs, code.gradients)}"]
    return _function(f"run({', '.join(writer.name(k) for k in range(code.inputs))})", lines), _functions(writer)


def loop_source(code: Instructions, loop: Loop) -> tuple[str, dict[str, Any]]:
    """Return the source of `iterate(epochs, record, rows, given, state)`, and the functions that it calls.

    It takes the number of epochs, a function for the recorded quantities of an epoch, the rows of data, the inputs that
    stay and the state. It returns the state after the last epoch, and 0.0, or NaN if a state was not finite meanwhile.

    Raises `ValueError` for an update, or a quantity to be recorded, that differs from row to row.
    """
    writer = Writer(code)
    updates = [code.updates[k] for k in loop.state]
    fleeting = [k for k in loop.state if not stays(code, k)]
    places = places_of(loop, writer.sections, writer.operands)
    label = {at: code.label(k) for k, at in reversed(list(enumerate(writer.place)))}
    summed = summed_of(
        places,
        writer.operands,
        set(writer.those(code.additive)),
        writer.those([*updates, *loop.recorded, *loop.watched]),
        lambda x: label.get(x, ""),
    )
    guarded = [x for guard in code.guards for x in guard.args]
    kept = {*writer.those([*updates, *loop.recorded, *loop.watched, *guarded]), *summed}
    used = needed(writer.operands, len(writer.rows), kept)
    for k in used:  # what crosses into an inner loop is computed before it
        for x in writer.operands(k):
            if places[x] < places[k] and (places[x], places[k]) != (EPOCH, AFTER):
                kept.add(x)
    computed = [[k for k in used if writer.rows[k] and places[k] == place] for place in range(4)]

    def checked(place: int) -> list[str]:
        there = (max((places[x] for x in writer.those(guard.args)), default=BEFORE) for guard in code.guards)
        return _guards(writer, [guard for guard, at in zip(code.guards, there, strict=True) if at == place])

    given = [k for k in range(code.inputs) if k not in loop.state and k not in loop.columns]
    lines = _constants(writer, used) + _unpacked(writer, given, "given") + _unpacked(writer, loop.state, "state")
    lines += writer.statements(computed[BEFORE], kept) + checked(BEFORE)
    lines += ["not_finite = 0.0"] * bool(fleeting or loop.watched) + ["for _ in range(epochs):"]
    body = _in_sections(writer, computed[EPOCH], kept) + checked(EPOCH)
    if loop.columns:
        row = _in_sections(writer, computed[ROW], kept) + checked(ROW)
        total = {k: writer.unused(f"sum_{writer.name(k)}") for k in summed}
        row += [f"{total[k]} += {writer.name(k)}" for k in summed]
        body += [f"{total[k]} = 0.0" for k in summed]
        body += [f"for {_tuple(writer, loop.columns)} in rows:", *_indented(row or ["pass"])]
        body += [f"{writer.name(k)} = {total[k]}{' / len(rows)' * loop.mean}" for k in summed]
    late = any(
        places[x] == AFTER for x in writer.those([*loop.recorded, *loop.watched])
    )  # a part of an update is recorded
    record = [f"record(({_results(writer, loop.recorded, loop.gradients)}))"] * bool(loop.recorded)
    record = _unsigned(loop.gradients, loop.recorded) + record
    record += [f"not_finite += {writer.value(x)} - {writer.value(x)}" for x in loop.watched if isinstance(x, int)]
    new = dict(zip(loop.state, map(writer.at, updates), strict=True))
    body += [] if late else record
    body += _updates(writer, new, computed[AFTER], kept, record if late else [])
    body += [f"not_finite += {writer.name(k)} - {writer.name(k)}" for k in fleeting]
    body += ["pass"] * all(line.startswith("#") for line in body)
    lines += [
        *_indented(body),
        f"return ({_tuple(writer, loop.state)}), {'not_finite' if fleeting or loop.watched else '0.0'}",
    ]
    return _function("iterate(epochs, record, rows, given, state)", lines), _functions(writer)


def _updates(
    writer: Writer, new: Mapping[int, Operand], some: Sequence[int], kept: Container[int], record: Sequence[str]
) -> list[str]:
    """The update: what is computed for it, what is recorded of that, and the state that it replaces.

    `new` has the row of the language that replaces each input of the state. One does so at once if nothing needs the
    input any more.
    """
    times = Counter(new.values())
    alone = {x: k for k, x in new.items() if isinstance(x, int) and times[x] == 1 and not times[k] and not record}
    lines = ["# update"] * bool(new) + writer.statements(some, kept, alone) + list(record)
    pairs = [(writer.name(k), writer.text(x)) for k, x in new.items() if writer.text(x) != writer.name(k)]
    if {left for left, _ in pairs}.isdisjoint(right for _, right in pairs):
        return lines + [f"{left} = {right}" for left, right in pairs]
    # at once, for one replaces another
    return [*lines, f"{', '.join(left for left, _ in pairs)} = {', '.join(right for _, right in pairs)}"]


# --- text ----------------------------------------------------------------------------------------------------------


def _function(signature: str, lines: Sequence[str]) -> str:
    return "\n".join([f"def {signature}:", *_indented(lines)]) + "\n"


def _functions(writer: Writer) -> dict[str, Any]:
    return writer.functions | {"BrokenGuardError": BrokenGuardError, "len": len}


def _indented(lines: Iterable[str]) -> list[str]:
    return [f"    {line}" for line in lines]


def _joined(texts: Sequence[str]) -> str:
    """What Python takes for a tuple, without brackets where there are several."""
    return ", ".join(texts) if len(texts) > 1 else f"({texts[0]},)" if texts else "()"


def _tuple(writer: Writer, inputs: Iterable[int]) -> str:
    return _joined([writer.name(k) for k in inputs])


def _unpacked(writer: Writer, inputs: Sequence[int], source: str) -> list[str]:
    return [f"{_tuple(writer, inputs)} = {source}"] if inputs else []


def _results(writer: Writer, some: Sequence[Operand], gradients: Container[int]) -> str:
    return _joined([writer.value(x) + " + 0.0" * (k in gradients) for k, x in enumerate(some)])


def _unsigned(gradients: Container[int], some: Sequence[Operand]) -> list[str]:
    """Say in the source what it does with gradients."""
    there = any(k in gradients for k in range(len(some)))
    return ["# + 0.0: a gradient that is zero has no sign, as backward() leaves it"] * there


def _constants(writer: Writer, used: Iterable[int]) -> list[str]:
    code = writer.code
    return [
        f"{writer.name(k)} = {writer.constant(code.args[k][0])}"
        for k in used
        if writer.rows[k] is None and k >= code.inputs
    ]


def _in_sections(writer: Writer, some: Sequence[int], kept: Container[int]) -> list[str]:
    """The statements, with a comment at the beginning of each section."""
    lines: list[str] = []
    for section in (Section.FORWARD, Section.BACKWARD, Section.UPDATE):
        there = [k for k in some if writer.sections[k] is section]
        lines += [f"# {section}"] * bool(there) + writer.statements(there, kept)
    return lines


def _guards(writer: Writer, guards: Iterable[Guard]) -> list[str]:
    signs = {"lt": "<", "le": "<=", "gt": ">", "ge": ">=", "eq": "=="}
    lines = []
    for guard in guards:
        a, b = map(writer.value, guard.args)
        test = f"{a} {signs[guard.operation.__name__]} {b}"
        lines += [f"if {f'not ({test})' if guard.outcome else test}:", "    raise BrokenGuardError"]
    return lines
