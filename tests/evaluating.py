"""Reads printed formulas and calculations, with nothing of the package, and returns the numbers that they stand for.

Formulas are read as a person reads them: in LaTeX and MathML braces and rows that nobody sees do not group, and what
can be read in two ways raises `Unreadable`. Numbers have 60 digits (`arithmetic.py`), so a result that is a little off
was printed so.
"""

import ast
import math
import re
import unicodedata
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from arithmetic import (
    COMPARISONS,
    FUNCTIONS,
    INF,
    NAN,
    ONE,
    OPERATORS,
    ZERO,
    Unreadable,
    apply,
    ctx,
    power,
    read_number,
    real,
)

__all__ = ["Calculation", "Unreadable", "latex", "mathml", "plain", "python", "sums"]

SPELLED = {"<=": "≤", ">=": "≥", "==": "=", "!=": "≠", "\u2212": "-", "·": "*", "⋅": "*", "×": "*", "**": "^"}


# --- expressions ---------------------------------------------------------------------------------------------------


class Token(NamedTuple):
    """A piece of a formula: "number", "name", "function", "operator", or a bracket or comma."""

    kind: str
    value: Any = None
    """A number's value, what a name or function is called; of a closing bracket nobody sees, why no ^ may follow."""
    power: int = 1
    """Of a function: what its result is raised to, as in sin²(x)."""


LEVELS = {"+": 1, "-": 1, "*": 2, "/": 2, "%": 2, "//": 2, "neg": 3, "^": 4} | dict.fromkeys(COMPARISONS, 0)
OPENED = {")": "(", "]": "[", "⌋": "⌊"}
BRACKETS = {*"()[]|,⌊⌋"}


@dataclass
class Open:
    """An open bracket: of a function, or none."""

    bracket: str
    function: Token | None = None
    arguments: int = 1
    compared: bool = False


class Calculator:
    """Evaluates an expression from left to right, without recursion, however deep the brackets are."""

    def __init__(self, tokens: Sequence[Token], values: Mapping[str, Any], rules: Mapping[str, Any]) -> None:
        self.tokens, self.values, self.rules = tokens, values, rules
        self.done: list[Any] = []
        self.waiting: list[str | Open] = []
        """Operators and brackets."""
        self.wanted = True
        """Whether an operand comes next."""

    def value(self) -> Any:
        before = None
        for token in self.tokens:
            if before is not None and before.kind == "function" and token.kind != "(":
                raise Unreadable(f"a function without brackets: {before.value}")
            self.take(token, before)
            before = token
        self.need(operand=False, at="the end")
        self.reduce(0)
        if self.waiting or len(self.done) != 1:
            raise Unreadable("a bracket is not closed")
        return self.done[0]

    def need(self, *, operand: bool, at: Any) -> None:
        if self.wanted != operand:
            raise Unreadable(f"{'an operand' if self.wanted else 'an operator'} is missing before {at}")

    def take(self, token: Token, before: Token | None) -> None:
        kind, value = token.kind, token.value
        if kind == "operator":
            self.operator(value, before)
        elif kind == "|" and not self.wanted:
            self.close("|")
            self.done.append(abs(self.done.pop()))
        elif kind in OPENED or kind == ",":
            self.need(operand=False, at=kind)
            self.end(kind)
        else:
            self.need(operand=True, at=kind if value is None else value)
            if kind == "function":
                if value not in FUNCTIONS:
                    raise Unreadable(f"no function {value}")
            elif kind in BRACKETS:
                self.waiting.append(Open(kind, before if before is not None and before.kind == "function" else None))
            elif kind == "name" and value not in self.values:
                raise Unreadable(f"no value is given for {value}")
            else:
                self.done.append(self.values[value] if kind == "name" else value)
                self.wanted = False

    def operator(self, sign: str, before: Token | None) -> None:
        if self.wanted:
            if sign not in {"+", "-"}:
                self.need(operand=False, at=sign)
            self.waiting += ["neg"] * (sign == "-")
            return
        if sign == "^" and before is not None and before.kind == ")" and before.value:
            raise Unreadable(f"an exponent right after {before.value}")
        self.reduce(LEVELS[sign] + (sign == "^"))
        self.waiting.append(sign)
        self.wanted = True

    def reduce(self, level: int) -> None:
        """Apply the operators that bind as tightly."""
        while self.waiting and isinstance(sign := self.waiting[-1], str) and LEVELS[sign] >= level:
            self.waiting.pop()
            args = [self.done.pop() for _ in range(1 if sign == "neg" else 2)][::-1]
            if sign in COMPARISONS:
                around = self.waiting[-1] if self.waiting else None
                if not isinstance(around, Open) or around.bracket != "[" or around.compared:
                    raise Unreadable(f"a comparison that is not alone in square brackets: {sign}")
                around.compared = True
            self.done.append((COMPARISONS.get(sign) or self.rules[sign])(*args))

    def close(self, bracket: str) -> Open:
        self.reduce(0)
        if not self.waiting or not isinstance(opened := self.waiting[-1], Open) or opened.bracket != bracket:
            raise Unreadable(f"a bracket {bracket} is not there, or not the one that is closed")
        self.waiting.pop()
        return opened

    def end(self, kind: str) -> None:
        """A bracket is closed, or a comma stands in it."""
        opened = self.close(OPENED.get(kind, "("))
        if kind == ",":
            if opened.function is None:
                raise Unreadable("a comma outside of a function's brackets")
            opened.arguments += 1
            self.waiting.append(opened)
            self.wanted = True
        elif kind == "]" and not opened.compared:
            raise Unreadable("square brackets without a comparison")
        elif kind == "⌋":
            self.done.append(FUNCTIONS["floor"](self.done.pop()))
        elif opened.function is not None:
            name, start = opened.function.value, len(self.done) - opened.arguments
            result = apply(name, self.done[start:])
            exponent = opened.function.power
            self.done[start:] = [result if exponent == 1 else power(result, ctx.mpf(exponent))]


def evaluate(tokens: Sequence[Token], values: Mapping[str, Any], rules: Mapping[str, Any] = OPERATORS) -> Any:
    """The value of an expression; names have these values."""
    return Calculator(tokens, values, rules).value()


Equation = tuple[str, list[Token]]
"""What stands on the left, perhaps nothing, and on the right."""


def first_value(equations: Sequence[Equation], values: Mapping[str, Any]) -> Any:
    """The value of the first right side; the others say what the names on their left stand for."""
    known = {name: real(x) for name, x in values.items()}
    definitions: dict[str, list[Token]] = {}
    for left, right in equations[1:]:
        if not left or left in definitions:
            raise Unreadable(f"{left or 'nothing'} is defined twice, or has no name")
        definitions[left] = right
    for name in definitions:
        known.pop(name, None)
    begun: set[str] = set()
    for start in definitions:
        above = [start]
        while above:
            name = above[-1]
            missing = [t.value for t in definitions[name] if t.kind == "name" and t.value in definitions]
            missing = [x for x in missing if x not in known]
            if name in known:
                above.pop()
            elif missing:
                if name in begun:
                    raise Unreadable(f"{name} is defined by itself")
                begun.add(name)
                above.extend(dict.fromkeys(missing))
            else:
                known[name] = evaluate(definitions[name], known)
                above.pop()
    return evaluate(equations[0][1], known)


def sides(tokens: list[Token]) -> Equation:
    """The two sides of an equation, which need not have a left one."""
    if len(tokens) > 2 and tokens[0].kind == "name" and tokens[1] == Token("operator", "="):
        return tokens[0].value, tokens[2:]
    return "", tokens


def either(name: str, values: Iterable[str]) -> None:
    """Refuse a name that also means something else."""
    if name in values:
        raise Unreadable(f"{name} is a name, and has a meaning of its own")


# --- plain text ----------------------------------------------------------------------------------------------------

WORD = r"""[^\W\d]\w*(?:\.\w+)*(?:⁽\w+⁾)?(?:\[\w+\])*'*"""
QUOTED = r'"(?:[^"\\]|\\.)*"'
RAISED = "[⁰¹²³⁴⁵⁶⁷⁸⁹]*"
OF = rf"(?:{WORD}|{QUOTED}|\([^()]*\)){RAISED}"
PLAIN = re.compile(
    rf"\s*(?:(?P<derivative>∂{RAISED}{OF}/(?:∂{OF})+)|(?P<number>(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)"
    rf"|(?P<name>{WORD}|{QUOTED})|(?P<sign>//|\*\*|<=|>=|==|!=|[-+*/^%=<>≤≥≠·×\u2212])|(?P<bracket>[()\[\]|,⌊⌋]))"
)


def plain_tokens(line: str, values: Iterable[str]) -> list[Token]:
    tokens = []
    at, line = 0, line.rstrip()
    while at < len(line):
        token = PLAIN.match(line, at)
        if token is None:
            raise Unreadable(f"cannot read {line[at : at + 40]!r}")
        at = token.end()
        text = token[0].strip()
        if token["number"]:
            tokens.append(Token("number", read_number(text)))
        elif token["sign"]:
            tokens.append(Token("operator", SPELLED.get(text, text)))
        elif token["bracket"]:
            tokens.append(Token(text))
        elif token["name"] and line[at : at + 1] == "(":
            tokens.append(Token("function", text))
        elif text in {"inf", "nan"}:
            either(text, values)
            tokens.append(Token("number", ctx.mpf(text)))
        else:
            tokens.append(Token("name", text))
    return tokens


def plain(text: str, values: Mapping[str, Any]) -> Any:
    """The value of a formula in plain text: of the right side of its first line, the others define parts of it.

    Args:
        text: the formula, such as "y = v1 * v1", "  where v1 = x + 1" in the next line.
        values: numbers by printed name; a quoted name with its quotes, a derivative as "∂E/∂w".
    """
    first, *others = text.split("\n")
    lines = [first, *(re.sub(r"^( {2}where | {8})", "", line) for line in others)]
    if any(line == old for line, old in zip(lines[1:], others, strict=True)):
        raise Unreadable("a line neither begins with where nor is indented like one")
    return first_value([sides(plain_tokens(line, values)) for line in lines], values)


# --- Python --------------------------------------------------------------------------------------------------------

BINARY: dict[type, str] = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.Mod: "%", ast.FloorDiv: "//", ast.Pow: "^",
}  # fmt: skip
COMPARED: dict[type, str] = {ast.Gt: ">", ast.Lt: "<", ast.GtE: "≥", ast.LtE: "≤", ast.Eq: "=", ast.NotEq: "≠"}


def python(text: str, values: Mapping[str, Any]) -> Any:
    """The value of the last line of a formula in Python; those before it, and perhaps it too, are assignments.

    Raises `SyntaxError` and what else Python's own reader raises, and `Unreadable` for what is no formula.
    """
    known = {unicodedata.normalize("NFKC", name): real(x) for name, x in values.items()}
    result = None
    for line in ast.parse(text).body:
        if isinstance(line, ast.Assign) and len(line.targets) == 1 and isinstance(line.targets[0], ast.Name):
            result = known[line.targets[0].id] = expression(line.value, known)
        elif isinstance(line, ast.Expr):
            result = expression(line.value, known)
        else:
            raise Unreadable(f"no assignment: {ast.unparse(line)[:60]}")
    if result is None:
        raise Unreadable("an empty text")
    return result


def operands(node: ast.AST) -> list[ast.expr]:
    """The parts of a piece of Python that must be calculated before it."""
    if isinstance(node, ast.BinOp):
        return [node.left, node.right]
    if isinstance(node, ast.UnaryOp):
        return [node.operand]
    if isinstance(node, ast.Compare) and len(node.ops) == 1:
        return [node.left, node.comparators[0]]
    if isinstance(node, ast.IfExp):
        return [node.test, node.body, node.orelse]
    if isinstance(node, ast.Call) and not node.keywords:
        return [] if called(node) == "float" else node.args
    if isinstance(node, (ast.Name, ast.Constant)):
        return []
    raise Unreadable(f"no part of a formula: {ast.unparse(node)[:60]}")


def called(node: ast.Call) -> str:
    if isinstance(node.func, ast.Name):
        return node.func.id
    if isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name) and node.func.value.id == "math":
        return node.func.attr
    raise Unreadable(f"no function: {ast.unparse(node.func)[:60]}")


def expression(root: ast.expr, known: Mapping[str, Any]) -> Any:
    """The value of a piece of Python, without recursion."""
    done: list[Any] = []
    above: list[tuple[ast.AST, bool]] = [(root, False)]
    while above:
        node, ready = above.pop()
        below = operands(node)
        if below and not ready:
            above.append((node, True))
            above.extend((x, False) for x in reversed(below))
            continue
        args = done[len(done) - len(below) :]
        del done[len(done) - len(below) :]
        done.append(piece(node, args, known))
    return done[0]


def piece(node: ast.AST, args: list[Any], known: Mapping[str, Any]) -> Any:
    if isinstance(node, ast.BinOp) and type(node.op) in BINARY:
        return OPERATORS[BINARY[type(node.op)]](*args)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.USub, ast.UAdd)):
        return -args[0] if isinstance(node.op, ast.USub) else args[0]
    if isinstance(node, ast.Compare) and type(node.ops[0]) in COMPARED:
        truth = COMPARISONS[COMPARED[type(node.ops[0])]](*args)
        return ONE if truth == 1 else ZERO  # Python has no half truths, nor NaN ones
    if isinstance(node, ast.IfExp):
        return args[1] if args[0] else args[2]
    if isinstance(node, ast.Call):
        name = called(node)
        if name == "float" and len(node.args) == 1 and isinstance(node.args[0], ast.Constant):
            return real(float(node.args[0].value))  # type: ignore[arg-type]
        if name in FUNCTIONS and not (isinstance(node.func, ast.Name) and name in known):
            return apply(name, args)
        raise Unreadable(f"no function {name}, or a number")
    if isinstance(node, ast.Name) and node.id in known:
        return known[node.id]
    if isinstance(node, ast.Constant) and type(node.value) in {int, float}:
        return real(node.value)
    raise Unreadable(f"no value is given for {ast.unparse(node)[:60]}")


# --- LaTeX ---------------------------------------------------------------------------------------------------------

COMMANDS = {
    "cdot": "*", "times": "*", "bmod": "%", "%": "%", "ge": "≥", "geq": "≥", "le": "≤", "leq": "≤", "ne": "≠",
    "neq": "≠", "gt": ">", "lt": "<",
}  # fmt: skip
CALLED = {"ln", "log", "exp", "sin", "cos", "tan", "arcsin", "arccos", "arctan", "sinh", "cosh", "tanh", "max", "min"}
IGNORED = {",", ";", " ", "!", "quad", "mathbin", "displaystyle"}
LATEX = re.compile(
    r"\\left\s*(?P<left>[(\[|]|\\lfloor)|\\right\s*(?P<right>[)\]|]|\\rfloor)|(?P<nan>\\mathrm\{NaN\})"
    r"|\\operatorname\{(?P<operator>[^{}]*)\}|\\(?P<command>[A-Za-z]+|.)|(?P<number>\d+\.?\d*|\.\d+)"
    r"|(?P<e>e\s*\^\s*\{)|(?P<sign>[-+=<>/])|(?P<bare>[,()\[\]|])|(?P<raise>\^)|(?P<open>\{)|(?P<end>\})"
)
TO_A_POWER = re.compile(r"\s*\^(?:\{(-?\d+)\}|(\d))")


def braces(text: str, at: int) -> int:
    """Where the group that begins with the brace at `at` ends."""
    depth = 0
    for found in re.compile(r"\\.|[{}]", re.DOTALL).finditer(text, at):
        depth += {"{": 1, "}": -1}.get(found[0], 0)
        if depth == 0:
            return found.end()
    raise Unreadable("a brace is not closed")


class Latex:
    """Turns LaTeX into tokens."""

    def __init__(self, text: str, names: re.Pattern[str], known: Iterable[str]) -> None:
        self.text, self.names, self.known, self.at = text, names, known, 0
        self.tokens: list[Token] = []
        self.groups: list[str] = []
        """What the braces that are open belong to; empty for those that nobody sees."""

    def read(self) -> list[Token]:
        while self.at < len(self.text):
            if self.text[self.at].isspace():
                self.at += 1
            elif not self.name():
                self.one()
        if self.groups:
            raise Unreadable("a brace is not closed")
        return self.tokens

    def put(self, *tokens: str) -> None:
        self.tokens += [Token(x) if x in BRACKETS else Token("operator", x) for x in tokens]

    def group(self, kind: str) -> None:
        """A brace opens here that belongs to something."""
        opening = re.compile(r"\s*\{").match(self.text, self.at)
        if opening is None:
            raise Unreadable(f"braces are missing: {self.text[self.at : self.at + 40]}")
        self.at = opening.end()
        self.groups.append(kind)

    def name(self) -> bool:
        word = self.names.match(self.text, self.at)
        after = self.text[word.end() :].lstrip() if word else ""
        if self.text.startswith(r"\frac{\partial", self.at):
            end = braces(self.text, braces(self.text, self.at + 5))
            self.tokens.append(Token("name", self.text[self.at : end]))
            self.at = end
            return True
        if word is None or (word[0] == r"\sigma" and after.startswith(r"\left(")):
            return False
        if word[0] in {"e", r"\mathrm{NaN}"} and (word[0] != "e" or after.lstrip("} ").startswith("^")):
            either(word[0], self.known)
        self.tokens.append(Token("name", word[0]))
        self.at = word.end()
        return True

    def one(self) -> None:
        token = LATEX.match(self.text, self.at)
        if token is None:
            raise Unreadable(f"cannot read {self.text[self.at : self.at + 40]!r}")
        self.at = token.end()
        kind = str(token.lastgroup)
        text = token[kind]
        if kind in {"left", "right", "bare", "sign"}:
            self.put({r"\lfloor": "⌊", r"\rfloor": "⌋"}.get(text, text))
        elif kind in {"nan", "number"}:
            self.tokens.append(Token("number", NAN if kind == "nan" else read_number(text)))
        elif kind == "open":
            self.groups.append("")
        else:
            {
                "operator": lambda: self.function(text.replace("\\", "")),
                "command": lambda: self.command(text),
                "e": self.exponential,
                "raise": self.raised,
                "end": self.end,
            }[kind]()

    def exponential(self) -> None:
        either("e", self.known)
        self.tokens.append(Token("function", "exp"))
        self.put("(")
        self.groups.append("power")

    def raised(self) -> None:
        self.put("^", "(")
        digit = re.compile(r"\s*(\d)").match(self.text, self.at)
        if digit:
            self.at = digit.end()
            self.tokens += [Token("number", read_number(digit[1])), Token(")", "another")]
        else:
            self.group("power")

    def function(self, name: str) -> None:
        raised = TO_A_POWER.match(self.text, self.at)
        if raised:
            self.at = raised.end()
        self.tokens.append(Token("function", name, int(raised[1] or raised[2]) if raised else 1))

    def command(self, name: str) -> None:
        if name in {"frac", "tfrac", "dfrac"}:
            self.put("(", "(")
            self.group("above")
        elif name == "sqrt":
            self.tokens.append(Token("function", "sqrt"))
            self.put("(")
            self.group("root")
        elif name in CALLED or name == "sigma":
            self.function(name.replace("sigma", "σ"))
        elif name == "infty":
            self.tokens.append(Token("number", INF))
        elif name in COMMANDS:
            self.put(COMMANDS[name])
        elif name not in IGNORED:
            raise Unreadable(f"cannot read \\{name}")

    def end(self) -> None:
        kind = self.groups.pop() if self.groups else None
        if kind is None:
            raise Unreadable("a brace is closed that was not opened")
        if kind == "above":
            self.put(")", "/", "(")
            self.group("below")
        elif kind == "below":
            self.tokens += [Token(")"), Token(")", "a fraction")]
        elif kind:
            self.tokens.append(Token(")", "another" if kind == "power" else None))


def equality(text: str) -> int:
    """Where the equals sign between two sides is, -1 if there is none."""
    depth = 0
    for found in re.finditer(r"\\left\b|\\right\b|\\.|[{}=]", text):
        depth += {r"\left": 1, "{": 1, r"\right": -1, "}": -1}.get(found[0], 0)
        if found[0] == "=" and depth == 0:
            return found.start()
    return -1


def latex(text: str, values: Mapping[str, Any]) -> Any:
    r"""The value of a formula in LaTeX: of the right side of its first row; the others define parts of it.

    Args:
        text: the formula, perhaps in an environment `aligned`.
        values: numbers by printed name, such as `w_{5}` and `\frac{\partial E}{\partial w}`.
    """
    begin, end = "\\begin{aligned}", "\\end{aligned}"
    rows = [text]
    if text.startswith(begin):
        rows = re.split(r"\\\\\s*\n", text.removeprefix(begin).strip().removesuffix(end))
    pairs = []
    for k, row in enumerate(rows):
        line = re.sub(r"(?<!\\)&", "", row).strip()
        if k:
            line = line.removeprefix(r"\text{where }").strip()
        at = equality(line)
        pairs.append((line[: max(at, 0)].strip(), line[at + 1 :].strip()))
    values = {name.strip(): x for name, x in values.items()}
    known = {*values, *(left for left, _ in pairs[1:])} - {""}
    longest = sorted(known, key=len, reverse=True)
    ends = (re.escape(x) + (r"(?![A-Za-z])" if re.search(r"\\[A-Za-z]+$", x) else "") for x in longest)
    names = re.compile("|".join(ends) or r"(?!)")
    return first_value([(left, Latex(right, names, known).read()) for left, right in pairs], values)


# --- MathML --------------------------------------------------------------------------------------------------------

MathTree = tuple[Any, ...]
INVISIBLE = {"math", "mrow", "mstyle", "mtd"}


def shape(element: ET.Element, most: float = math.inf) -> MathTree:
    """What tells an element from others; nothing if it has more parts than `most`."""
    parts: list[Any] = []
    for part in element.iter():
        parts.append((part.tag, part.text or "", len(part)))
        if len(parts) > most:
            return ()
    return tuple(parts)


def mathml_tokens(roots: Sequence[ET.Element], known: Mapping[MathTree, str]) -> list[Token]:
    tokens: list[Token] = []
    longest = max(map(len, known), default=0)
    above: list[ET.Element | Token] = list(reversed(roots))
    while above:
        part = above.pop()
        if isinstance(part, Token):
            tokens.append(part)
            continue
        follower = above[-1] if above else None
        applied = isinstance(follower, ET.Element) and follower.tag == "mo" and follower.text == "("
        if part.tag == "mi" and part.text in FUNCTIONS and applied:
            tokens.append(Token("function", part.text))
        elif (name := known.get(shape(part, longest))) is not None:
            tokens.append(Token("name", name))
        elif part.tag in INVISIBLE:
            above.extend(reversed(part))
        elif len(part):
            above.extend(reversed(structure(part, known, applied=applied)))
        elif part.tag != "mspace":
            tokens.append(mathml_token(part, known))
    return tokens


def mathml_token(part: ET.Element, known: Mapping[MathTree, str]) -> Token:
    """A number or sign."""
    text = (part.text or "").strip()
    sign = {"mod": "%"}.get(text, SPELLED.get(text, text))
    if part.tag == "mo" and sign in LEVELS:
        return Token("operator", sign)
    if part.tag == "mo" and sign in BRACKETS:
        return Token(sign)
    if part.tag == "mn":
        return Token("number", read_number(text))
    if text in {"∞", "NaN"}:
        either(text, (name[0][1] for name in known if len(name) == 1))
        return Token("number", INF if text == "∞" else NAN)
    raise Unreadable(f"cannot read {ET.tostring(part, 'unicode')[:80]}")


def structure(part: ET.Element, known: Mapping[MathTree, str], *, applied: bool) -> list[Any]:
    """What a fraction, a power or a root stands for."""
    if part.tag == "msqrt":
        return [Token("function", "sqrt"), Token("("), *part, Token(")")]
    if part.tag == "mfrac" and len(part) == 2:
        over, under = part
        inside = [Token("("), over, Token(")"), Token("operator", "/"), Token("("), under, Token(")")]
        return [Token("("), *inside, Token(")", "a fraction")]
    if part.tag == "msup" and len(part) == 2:
        base, exponent = part
        text = (base.text or "").strip()
        if base.tag == "mi" and applied and text in FUNCTIONS and (exponent.text or "").isdigit():
            return [Token("function", text, int(exponent.text or ""))]
        if base.tag == "mi" and text == "e":
            either("e", (name[0][1] for name in known if len(name) == 1))
            return [Token("function", "exp"), Token("("), exponent, Token(")", "another")]
        return [base, Token("operator", "^"), Token("("), exponent, Token(")", "another")]
    raise Unreadable(f"cannot read {ET.tostring(part, 'unicode')[:80]}")


def mathml(text: str, values: Mapping[str, Any]) -> Any:
    """The value of a formula in MathML: of the right side of its first row; the others define parts of it.

    Args:
        text: an element `<math>`.
        values: numbers by printed name: an element such as `<mi>x</mi>`.
    """
    root = ET.fromstring(text)
    pairs: list[tuple[list[ET.Element], list[ET.Element]]] = []
    if root.find("mtable") is not None:
        for row in root.iter("mtr"):
            left_cell, right_cell = row
            pairs.append(([x for x in left_cell if x.text != "where\u00a0"], list(right_cell)))
    else:
        (line,) = root
        at = next((k for k, x in enumerate(line) if x.tag == "mo" and x.text == "="), 0)
        pairs.append((line[:at], line[at:]))
    known = {shape(ET.fromstring(name)): name for name in values}
    known |= {shape(names[0]): ET.tostring(names[0], "unicode") for names, _ in pairs[1:] if len(names) == 1}
    if any(len(names) != 1 for names, _ in pairs[1:]):
        raise Unreadable("a row has no name on its left")
    equations = []
    for k, (left, right) in enumerate(pairs):
        after = 1 if right and right[0].tag == "mo" and right[0].text == "=" else 0
        equations.append((known[shape(left[0])] if k else "", mathml_tokens(right[after:], known)))
    return first_value(equations, values)


# --- calculations in numbers ---------------------------------------------------------------------------------------


class Calculation(NamedTuple):
    """What a calculation in rounded numbers says: each stands for all numbers that are rounded to it."""

    low: Any
    """The least that the left side may be; None if some of it is not shown."""
    high: Any
    shown_low: Any
    """The least that the right side may be; None if there is none."""
    shown_high: Any
    shown: float | None
    """The right side as it stands."""

    @property
    def right(self) -> bool:
        """Whether the two sides may be equal; so they may where one is not shown."""
        if self.low is None or self.shown_low is None:
            return True
        undefined = {bool(ctx.isnan(x)) for x in (self.low, self.shown_low)}
        return undefined == {True} or (self.low <= self.shown_high and self.shown_low <= self.high)


Range = tuple[Any, Any]
NUMBER = re.compile(
    r"\s*(?:(?P<number>\d+(?:\.(?P<decimals>\d+))?(?:e(?P<exponent>[-+]?\d+))?|inf|nan)|(?P<sign>[-+×()]))"
)


def range_of(number: re.Match[str]) -> Range:
    """The numbers that are rounded to this one."""
    middle = ctx.mpf(number["number"])
    half = ctx.mpf(10) ** (int(number["exponent"] or 0) - len(number["decimals"] or "")) / 2
    return middle - half, middle + half


def times(a: Range, b: Range) -> Range:
    ends = [x * y for x in a for y in b]
    return (NAN, NAN) if any(map(ctx.isnan, ends)) else (min(ends), max(ends))


RANGES: dict[str, Any] = {
    "+": lambda a, b: (a[0] + b[0], a[1] + b[1]),
    "-": lambda a, b: (a[0] - b[1], a[1] - b[0]),
    "*": times,
    "neg": lambda a: (-a[1], -a[0]),
}


def calculation(text: str) -> Range:
    text, tokens, at = text.replace("\u2212", "-").strip(), [], 0
    while at < len(text):
        number = NUMBER.match(text, at)
        if number is None:
            raise Unreadable(f"no calculation: {text[at : at + 40]!r}")
        at, sign = number.end(), number["sign"]
        if sign is None:
            tokens.append(Token("number", range_of(number)))
        else:
            tokens.append(Token(sign) if sign in {"(", ")"} else Token("operator", SPELLED.get(sign, sign)))
    return evaluate(tokens, {}, RANGES)  # type: ignore[no-any-return]


def sums(text: str) -> Calculation:
    """What a calculation such as "0.1385 × 0.4000 − 0.0381 × 0.5000 = +0.0364" says on both sides.

    There need not be an equals sign and a right side. What is left out, "…", makes a side unknown.
    """
    left, *right = text.split(" = ")
    if len(right) > 1:
        raise Unreadable(f"more than one equals sign: {text!r}")
    low, high = (None, None) if "…" in left else calculation(left)
    if not right:
        return Calculation(low, high, None, None, None)
    shown_low, shown_high = calculation(right[0])
    shown = float(right[0].replace("\u2212", "-").strip("() "))
    return Calculation(low, high, shown_low, shown_high, shown)
