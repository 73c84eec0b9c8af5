"""The text of a function in LLVM's assembly language, written calculation by calculation, with or without lanes."""

import struct
from collections.abc import Sequence
from dataclasses import dataclass, field

from autograd_lite.engine.ops import Op

__all__ = ["SCALAR", "VECTOR", "WIDTH", "Body", "Name", "constant", "quoted", "truth"]

WIDTH = 8
"""The number of lanes; a processor with shorter registers takes two for them. It is the same everywhere, so that sums
over rows of data are too."""
SCALAR, VECTOR = "double", f"<{WIDTH} x double>"


@dataclass(frozen=True, slots=True)
class Name:
    """A result in the assembly language: what it is called, and whether it has lanes."""

    text: str
    wide: bool = False

    @property
    def type(self) -> str:
        """Its type."""
        return VECTOR if self.wide else SCALAR


def constant(x: float) -> Name:
    """Return a constant, given by its bits."""
    return Name(f"0x{struct.unpack('<Q', struct.pack('<d', x))[0]:016X}")


@dataclass
class Body:
    """The text of a function as it is written."""

    lines: list[str] = field(default_factory=list)
    called: set[str] = field(default_factory=set)
    """The functions of the C library that it calls, with ".wide" for the lanes' own."""
    foreign: dict[str, Op] = field(default_factory=dict)
    """The operations whose function it calls, by the name of that in the text."""
    count: int = 0

    def new(self) -> str:
        """A name that nothing else has."""
        self.count += 1
        return f"%v{self.count}"

    def line(self, text: str) -> None:
        """Write a line."""
        self.lines.append(f"  {text}")

    def block(self, name: str) -> None:
        """Begin a block."""
        self.lines.append(f"{name}:")

    def value(self, text: str, *, wide: bool) -> Name:
        """Write a calculation, and return its result."""
        name = self.new()
        self.line(f"{name} = {text}")
        return Name(name, wide)

    # --- lanes ---

    def splat(self, x: Name) -> Name:
        """The number in every lane."""
        if x.wide:
            return x
        if x.text.startswith("0x"):
            return Name(f"<{', '.join([f'double {x.text}'] * WIDTH)}>", wide=True)
        one = self.value(f"insertelement {VECTOR} poison, double {x.text}, i32 0", wide=True)
        mask = f"<{WIDTH} x i32> zeroinitializer"
        return self.value(f"shufflevector {VECTOR} {one.text}, {VECTOR} poison, {mask}", wide=True)

    def _alike(self, *xs: Name) -> tuple[list[str], bool]:
        wide = any(x.wide for x in xs)
        return [(self.splat(x) if wide else x).text for x in xs], wide

    # --- arithmetic ---

    def binary(self, kind: str, a: Name, b: Name) -> Name:
        """An operation of the processor: fadd, fsub, fmul, fdiv."""
        (x, y), wide = self._alike(a, b)
        return self.value(f"{kind} {VECTOR if wide else SCALAR} {x}, {y}", wide=wide)

    def add(self, a: Name, b: Name) -> Name:
        """A + b."""
        return self.binary("fadd", a, b)

    def sub(self, a: Name, b: Name) -> Name:
        """A - b."""
        return self.binary("fsub", a, b)

    def mul(self, a: Name, b: Name) -> Name:
        """A * b."""
        return self.binary("fmul", a, b)

    def div(self, a: Name, b: Name) -> Name:
        """A / b, as IEEE 754 has it."""
        return self.binary("fdiv", a, b)

    def neg(self, x: Name) -> Name:
        """-x."""
        return self.value(f"fneg {x.type} {x.text}", wide=x.wide)

    def intrinsic(self, name: str, x: Name) -> Name:
        """A function of one number that the processor has: fabs, sqrt."""
        kind = f"v{WIDTH}f64" if x.wide else "f64"
        self.called.add(f"llvm.{name}.{kind}")
        return self.value(f"call {x.type} @llvm.{name}.{kind}({x.type} {x.text})", wide=x.wide)

    def test(self, condition: str, a: Name, b: Name) -> "Name":
        """A comparison, such as "olt"; "uno" asks whether one is NaN."""
        (x, y), wide = self._alike(a, b)
        return self.value(f"fcmp {condition} {VECTOR if wide else SCALAR} {x}, {y}", wide=wide)

    def both(self, a: Name, b: Name, kind: str = "and") -> Name:
        """Two truths joined."""
        if a.wide != b.wide:
            a, b = self._truths(a), self._truths(b)
        return self.value(f"{kind} {truth(a)} {a.text}, {b.text}", wide=a.wide)

    def either(self, a: Name, b: Name) -> Name:
        """Whether one of two is so."""
        return self.both(a, b, "or")

    def _truths(self, x: Name) -> Name:
        if x.wide:
            return x
        one = self.value(f"insertelement <{WIDTH} x i1> poison, i1 {x.text}, i32 0", wide=True)
        mask = f"<{WIDTH} x i32> zeroinitializer"
        return self.value(f"shufflevector <{WIDTH} x i1> {one.text}, <{WIDTH} x i1> poison, {mask}", wide=True)

    def choose(self, condition: Name, a: Name, b: Name) -> Name:
        """`a` where the condition holds, else `b`."""
        (x, y), wide = self._alike(a, b)
        if condition.wide and not wide:
            x, y, wide = self.splat(a).text, self.splat(b).text, True
        kind = VECTOR if wide else SCALAR
        truth = f"<{WIDTH} x i1>" if condition.wide else "i1"
        return self.value(f"select {truth} {condition.text}, {kind} {x}, {kind} {y}", wide=wide)

    # --- functions ---

    def library(self, name: str, *xs: Name) -> Name:
        """A function of the C library, or the lanes' own."""
        texts, wide = self._alike(*xs)
        kind = VECTOR if wide else SCALAR
        full = f"{name}.wide" if wide else name
        self.called.add(full)
        return self.value(f"call {kind} @{quoted(full)}({', '.join(f'{kind} {x}' for x in texts)})", wide=wide)

    def python(self, op: Op, *xs: Name) -> Name:
        """The function of the nodes, called lane by lane."""
        name = next((key for key, known in self.foreign.items() if known is op), f"python.{len(self.foreign)}")
        self.foreign[name] = op
        texts, wide = self._alike(*xs)
        if not wide:
            return self._called(name, texts)
        result = Name("poison", wide=True)
        for k in range(WIDTH):
            ones = [self.value(f"extractelement {VECTOR} {x}, i32 {k}", wide=False).text for x in texts]
            one = self._called(name, ones)
            result = self.value(f"insertelement {VECTOR} {result.text}, double {one.text}, i32 {k}", wide=True)
        return result

    def _called(self, name: str, texts: Sequence[str]) -> Name:
        return self.value(f"call double @{quoted(name)}({', '.join(f'double {x}' for x in texts)})", wide=False)

    def seldom(self, rare: Name, common: Name, op: Op, *xs: Name) -> Name:
        """`common`, but the function of the nodes where `rare` holds."""
        if rare.wide:
            bits = self.value(f"bitcast <{WIDTH} x i1> {rare.text} to i{WIDTH}", wide=False)
            test = self.value(f"icmp ne i{WIDTH} {bits.text}, 0", wide=False)
        else:
            test = rare
        self.count += 1
        here, care, on = (f"{name}{self.count}" for name in ("here", "care", "on"))
        self.line(f"br label %{here}")
        self.block(here)
        self.line(f"br i1 {test.text}, label %{care}, label %{on}, !prof !0")
        self.block(care)
        careful = self.python(op, *xs)
        careful = self.choose(rare, careful, common)
        self.line(f"br label %{on}")
        self.block(on)
        kind = careful.type
        return self.value(f"phi {kind} [ {careful.text}, %{care} ], [ {common.text}, %{here} ]", wide=careful.wide)


def truth(x: Name) -> str:
    """The type of a truth that has lanes as a number has them."""
    return f"<{WIDTH} x i1>" if x.wide else "i1"


def quoted(name: str) -> str:
    """The name of a function, as the text has it."""
    return f'"al.{name}"'
