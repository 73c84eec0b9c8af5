"""A program's loop over epochs and rows of data, or over lanes of inputs, as a function in LLVM's assembly language."""

import re
from collections.abc import Collection
from dataclasses import dataclass

from autograd_lite.engine.ops import Op
from autograd_lite.program.instructions import Guard, Instructions, needed
from autograd_lite.program.llvm.body import SCALAR, VECTOR, WIDTH, Body, Name, constant
from autograd_lite.program.llvm.functions import vector_functions
from autograd_lite.program.llvm.operations import lowered
from autograd_lite.program.loops import AFTER, BEFORE, EPOCH, ROW, Loop, stays, summed_of, where
from autograd_lite.program.recording import Operand

__all__ = ["Assembly", "assembly"]

CONDITIONS = {"lt": "olt", "le": "ole", "gt": "ogt", "ge": "oge", "eq": "oeq"}
ZERO = constant(0.0)
ARGUMENTS = (
    "i64 %epochs, ptr noalias %given, ptr noalias %laned, ptr noalias %state, ptr noalias %rows, i64 %count, "
    "i64 %padded, ptr noalias %recorded, ptr noalias %odd, i64 %lanes"
)


@dataclass(frozen=True)
class Assembly:
    """The text of a module with a function `loop`, and the operations whose functions in Python it calls.

    The function takes the number of epochs; the inputs that stay: numbers, and those with lanes; the state; the rows of
    data, column by column, their number, and the length of a column; where to put what is recorded of each epoch;
    where to put 0.0, or NaN if a state was not finite; the number of lanes. Lanes and rows in lanes are padded to
    whole registers. It returns 1 if a comparison came out otherwise than when the program was recorded, else 0.
    """

    text: str
    size: int
    """The number of instructions of the program."""
    library: tuple[str, ...]
    foreign: dict[str, Op]


def assembly(code: Instructions, loop: Loop, lanes: Collection[int] = ()) -> Assembly:
    """Write the loop; `lanes` are the inputs that have a number for each lane, the state among them.

    Without lanes, rows of data are computed several at a time. Raises `ValueError` as `summed_of` does.
    """
    kernel = _Kernel(code, loop, frozenset(lanes))
    kernel.write()
    body = kernel.body
    called = set(body.called)
    functions = vector_functions(called)
    library = tuple(sorted(name for name in called if not name.startswith("llvm.") and not name.endswith(".wide")))
    text = [
        *functions,
        f"define i32 @loop({ARGUMENTS}) #2 {{",
        "entry:",
        *body.lines,
        "}",
        *(_declared(name) for name in sorted(called) if name.startswith("llvm.")),
        *(f'declare double @"al.{name}"({_doubles(2 if name == "pow" else 1)}) #0' for name in library),
        *(f'declare double @"al.{name}"({_doubles(op.arity)}) #3' for name, op in body.foreign.items()),
        "attributes #0 = { nounwind willreturn memory(none) }",
        "attributes #1 = { nounwind willreturn memory(none) }",
        "attributes #2 = { nounwind }",
        "attributes #3 = { nounwind cold }",
        '!0 = !{!"branch_weights", i32 1, i32 10000}',
    ]
    return Assembly("\n".join(text) + "\n", len(kernel.used), library, dict(body.foreign))


def _doubles(count: int) -> str:
    return ", ".join([SCALAR] * count)


def _declared(name: str) -> str:
    kind = VECTOR if re.search(r"v\d+f64$", name) else SCALAR
    if "reduce" in name:
        return f"declare {SCALAR} @{name}({SCALAR}, {VECTOR})"
    return f"declare {kind} @{name}({', '.join([kind] * (3 if '.fma.' in name else 1))})"


class _Kernel:
    """Writes one function."""

    def __init__(self, code: Instructions, loop: Loop, lanes: frozenset[int]) -> None:
        self.code, self.loop, self.lanes = code, loop, lanes
        self.body = Body()
        self.places = where(code, loop)
        updates = [code.updates[k] for k in loop.state]
        wanted = [x for x in (*updates, *loop.recorded, *loop.watched) if isinstance(x, int)]
        self.summed = summed_of(self.places, code.operands, code.additive, wanted, code.label)
        guarded = [x for guard in code.guards for x in guard.args if isinstance(x, int)]
        self.used = needed(code.operands, len(code), [*wanted, *guarded, *self.summed])
        self.values: dict[int, Name] = {}
        self.labels = 0
        self.slots: dict[object, str] = {}

    # --- parts ---

    def value(self, x: Operand) -> Name:
        """What an operand of an instruction is called."""
        return self.values[x] if isinstance(x, int) else constant(x)

    def compute(self, place: int) -> None:
        """Write the instructions of a place."""
        for k in self.used:
            op = self.code.ops[k]
            if op is not None and self.places[k] == place:
                self.values[k] = lowered(self.body, op, [self.value(x) for x in self.code.args[k]])

    def check(self, place: int, mask: Name | None = None) -> None:
        """Write the comparisons of a place; if one comes out otherwise, the function ends."""
        broken: Name | None = None
        for guard in self.code.guards:
            if max((self.places[x] for x in guard.args if isinstance(x, int)), default=BEFORE) == place:
                one = self.otherwise(guard)
                broken = self.body.either(broken, one) if broken else one
        if broken is None:
            return
        if broken.wide:
            broken = self.body.both(broken, mask) if mask else broken
            bits = self.body.value(f"bitcast <{WIDTH} x i1> {broken.text} to i{WIDTH}", wide=False)
            broken = self.body.value(f"icmp ne i{WIDTH} {bits.text}, 0", wide=False)
        on = self.label("held")
        self.body.line(f"br i1 {broken.text}, label %broken, label %{on}, !prof !0")
        self.body.block(on)

    def otherwise(self, guard: Guard) -> Name:
        """Whether a comparison comes out otherwise."""
        a, b = map(self.value, guard.args)
        held = self.body.test(CONDITIONS[guard.operation.__name__], a, b)
        if not guard.outcome:
            return held
        ones = f"<{', '.join(['i1 true'] * WIDTH)}>" if held.wide else "true"
        kind = f"<{WIDTH} x i1>" if held.wide else "i1"
        return self.body.value(f"xor {kind} {held.text}, {ones}", wide=held.wide)

    def label(self, name: str) -> str:
        """A label that nothing else has."""
        self.labels += 1
        return f"{name}{self.labels}"

    def slot(self, key: object, *, wide: bool) -> str:
        """A variable on the stack."""
        if key not in self.slots:
            name = f"%slot{len(self.slots)}"
            self.slots[key] = name
            self.body.lines.insert(0, f"  {name} = alloca {VECTOR if wide else SCALAR}, align 64")
        return self.slots[key]

    def load(self, pointer: str, offset: str | int, *, wide: bool) -> Name:
        """A number, or a register of numbers, of an array."""
        at = self.body.value(f"getelementptr inbounds double, ptr {pointer}, i64 {offset}", wide=False)
        return self.body.value(f"load {VECTOR if wide else SCALAR}, ptr {at.text}, align 8", wide=wide)

    def store(self, x: Name, pointer: str, offset: str | int) -> None:
        """Put a number, or a register of numbers, into an array."""
        at = self.body.value(f"getelementptr inbounds double, ptr {pointer}, i64 {offset}", wide=False)
        self.body.line(f"store {x.type} {x.text}, ptr {at.text}, align 8")

    def whole(self, text: str) -> str:
        """Write a calculation with whole numbers."""
        return self.body.value(text, wide=False).text

    def in_lane(self, row: int | str) -> str:
        """Where the numbers of this block of lanes begin in a row of an array."""
        start = self.whole(f"mul i64 {row}, %lanes")
        return self.whole(f"add i64 {start}, %lane")

    # --- the function ---

    def write(self) -> None:
        """Write it all."""
        body, code, loop = self.body, self.code, self.loop
        wide = bool(self.lanes)
        fixed = [k for k in range(code.inputs) if k not in loop.state and k not in loop.columns]
        for at, k in enumerate(k for k in fixed if k not in self.lanes):
            self.values[k] = self.load("%given", at, wide=False)
        for k in range(code.inputs, len(code)):
            if code.ops[k] is None:
                self.values[k] = constant(float(code.args[k][0]))
        if wide:
            body.line("br label %block")
            body.block("block")
            body.line("%lane = phi i64 [ 0, %entry ], [ %lane.next, %block.end ]")
            for at, k in enumerate(k for k in fixed if k in self.lanes):
                self.values[k] = self.load("%laned", self.in_lane(at), wide=True)
        for at, k in enumerate(loop.state):
            start = self.load("%state", self.in_lane(at) if wide else at, wide=wide)
            body.line(f"store {start.type} {start.text}, ptr {self.slot(('state', k), wide=wide)}")
        self.compute(BEFORE)
        self.check(BEFORE)
        odd = self.slot("odd", wide=wide)
        body.line(f"store {VECTOR if wide else SCALAR} zeroinitializer, ptr {odd}")
        body.line("br label %epochs.begin")
        body.block("epochs.begin")
        body.line("br label %epochs.head")
        body.block("epochs.head")
        body.line("%epoch = phi i64 [ 0, %epochs.begin ], [ %epoch.next, %epoch.end ]")
        more = self.whole("icmp slt i64 %epoch, %epochs")
        body.line(f"br i1 {more}, label %epoch.body, label %epochs.done")
        body.block("epoch.body")
        self.epoch(odd, wide=wide)
        body.line("br label %epoch.end")
        body.block("epoch.end")
        body.line("%epoch.next = add i64 %epoch, 1")
        body.line("br label %epochs.head")
        body.block("epochs.done")
        self.finish(odd, wide=wide)
        body.block("broken")
        body.line("ret i32 1")

    def epoch(self, odd: str, *, wide: bool) -> None:
        """Write one epoch."""
        body, code, loop = self.body, self.code, self.loop
        for k in loop.state:
            kind = VECTOR if wide else SCALAR
            self.values[k] = body.value(f"load {kind}, ptr {self.slots['state', k]}", wide=wide)
        self.compute(EPOCH)
        self.check(EPOCH)
        if loop.columns:
            self.rows(wide=wide)
        self.compute(AFTER)
        width = len(loop.recorded)
        start = self.whole(f"mul i64 %epoch, {width}")
        for at, x in enumerate(loop.recorded):
            result = body.add(self.value(x), ZERO) if at in loop.gradients else self.value(x)
            row = self.whole(f"add i64 {start}, {at}")
            self.store(body.splat(result) if wide else result, "%recorded", self.in_lane(row) if wide else row)
        news = [(k, self.value(code.updates[k])) for k in loop.state]
        for k, replacement in news:
            new = body.splat(replacement) if wide else replacement
            body.line(f"store {new.type} {new.text}, ptr {self.slots['state', k]}")
            if not stays(code, k):
                self.watch(new, odd, wide=wide)
        for x in loop.watched:
            self.watch(self.value(x), odd, wide=wide)

    def watch(self, x: Name, odd: str, *, wide: bool) -> None:
        """Add 0 to a variable, or NaN if a number is not finite."""
        kind = VECTOR if wide else SCALAR
        seen = self.body.value(f"load {kind}, ptr {odd}", wide=wide)
        seen = self.body.add(seen, self.body.sub(x, x))
        self.body.line(f"store {kind} {seen.text}, ptr {odd}")

    def rows(self, *, wide: bool) -> None:
        """Write the loop over rows of data, and the sums over them."""
        body, loop = self.body, self.loop
        several = not wide  # rows at a time: where there are no lanes
        kind = VECTOR
        for x in self.summed:
            body.line(f"store {kind} zeroinitializer, ptr {self.slot(('sum', x), wide=True)}")
        body.line("br label %rows.begin")
        body.block("rows.begin")
        body.line("br label %rows.head")
        body.block("rows.head")
        body.line("%row = phi i64 [ 0, %rows.begin ], [ %row.next, %row.end ]")
        more = self.whole("icmp slt i64 %row, %count")
        body.line(f"br i1 {more}, label %row.body, label %rows.done")
        body.block("row.body")
        mask = self.mask() if several else None
        for at, k in enumerate(loop.columns):
            start = self.whole(f"mul i64 {at}, %padded")
            self.values[k] = self.load("%rows", self.whole(f"add i64 {start}, %row"), wide=several)
        self.compute(ROW)
        self.check(ROW, mask)
        for x in self.summed:
            term = body.splat(self.values[x])
            term = body.choose(mask, term, ZERO) if mask else term
            total = body.value(f"load {kind}, ptr {self.slots['sum', x]}", wide=True)
            body.line(f"store {kind} {body.add(total, term).text}, ptr {self.slots['sum', x]}")
        body.line("br label %row.end")
        body.block("row.end")
        body.line(f"%row.next = add i64 %row, {WIDTH if several else 1}")
        body.line("br label %rows.head")
        body.block("rows.done")
        number = Name(self.whole("uitofp i64 %count to double"))
        for x in self.summed:
            total = body.value(f"load {kind}, ptr {self.slots['sum', x]}", wide=True)
            if several:
                reduce = f"llvm.vector.reduce.fadd.v{WIDTH}f64"
                body.called.add(reduce)
                total = body.value(f"call double @{reduce}(double 0.0, {VECTOR} {total.text})", wide=False)
            self.values[x] = body.div(total, number) if loop.mean else total

    def mask(self) -> Name:
        """Which of the rows in the lanes there are."""
        body = self.body
        left = self.whole("sub i64 %count, %row")
        one = self.whole(f"insertelement <{WIDTH} x i64> poison, i64 {left}, i32 0")
        zeros = f"<{WIDTH} x i32> zeroinitializer"
        every = self.whole(f"shufflevector <{WIDTH} x i64> {one}, <{WIDTH} x i64> poison, {zeros}")
        numbers = ", ".join(f"i64 {k}" for k in range(WIDTH))
        return body.value(f"icmp sgt <{WIDTH} x i64> {every}, <{numbers}>", wide=True)

    def finish(self, odd: str, *, wide: bool) -> None:
        """Write back the state, and go on with the next lanes."""
        body = self.body
        kind = VECTOR if wide else SCALAR
        for at, k in enumerate(self.loop.state):
            last = body.value(f"load {kind}, ptr {self.slots['state', k]}", wide=wide)
            self.store(last, "%state", self.in_lane(at) if wide else at)
        last = body.value(f"load {kind}, ptr {odd}", wide=wide)
        self.store(last, "%odd", self.in_lane(0) if wide else 0)
        if wide:
            body.line("br label %block.end")
            body.block("block.end")
            body.line(f"%lane.next = add i64 %lane, {WIDTH}")
            again = self.whole("icmp slt i64 %lane.next, %lanes")
            body.line(f"br i1 {again}, label %block, label %end")
            body.block("end")
        body.line("ret i32 0")
