"""What the mutation test breaks: each rule of the table of operations, each guard, the arithmetic of the numeric core.

A mutant is one node of a module's syntax tree and the text to put in its place. They are found in the tree, whatever
the code is, so that new code has its mutants without an edit here.

Rules are the fields of each row, and the operators and functions that the numeric core is written with. Guards are what
raises, what is caught, what is done at the end in any case, locks, time limits, and what makes text harmless. Deep ones
go further: limits and numbers moved by one, parts of conditions and statements left out, conditions forced. Many of
those change nothing that anybody could see (the length at which a message is shortened), so they are a search for
tests to write, not a score.
"""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

__all__ = ["Mutant", "broken", "mutants"]

NUMERIC = {
    *("engine/chain", "engine/derivatives", "engine/ieee", "engine/operation", "engine/ops", "losses", "optim"),
    *("explanation/paths", "explanation/ranking", "testing/gradients/differences"),
}
"""Modules whose arithmetic is broken."""
STRICT = {"engine/chain", "engine/value", "storage/files"}
"""Modules of which every statement is left out and every condition forced, each in turn."""
ESCAPES = re.compile(r"escape|visible|safe|quote|inert|verbatim|readable|brief")
"""Functions that make user text harmless."""

SWAPPED = {
    "sin": "cos", "cos": "sin", "tan": "sin", "asin": "acos", "acos": "asin", "atan": "tanh", "tanh": "atan",
    "sinh": "cosh", "cosh": "sinh", "exp": "expm1", "expm1": "exp", "log": "log1p", "log1p": "log", "sqrt": "exp",
    "add": "sub", "sub": "add", "mul": "div", "div": "mul", "truediv": "mul", "pow": "div", "power": "div",
    "neg": "absolute", "absolute": "neg", "abs": "neg", "sigmoid": "tanh", "softplus": "relu", "relu": "softplus",
    "maximum": "minimum", "minimum": "maximum", "step": "relu", "compare": "sub", "leaky_relu": "maximum",
    "xlogy": "xlog1py", "xlog1py": "xlogy", "inverse": "lorentz", "lorentz": "inverse", "sech2": "tanh",
    "gt": "ge", "ge": "gt", "lt": "le", "le": "lt", "eq": "ne",
}  # fmt: skip
"""A function that is called in the same way, and is another."""
TABLES = {"ieee", "math", "operator", "ops"}
"""Modules whose functions are exchanged."""

ARITHMETIC = {
    ast.Add: "-", ast.Sub: "+", ast.Mult: "/", ast.Div: "*", ast.Pow: "*", ast.Mod: "*", ast.FloorDiv: "*",
}  # fmt: skip
SIGNS = {
    ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "==", ast.NotEq: "!=",
    ast.Is: "is", ast.IsNot: "is not", ast.In: "in", ast.NotIn: "not in",
}  # fmt: skip
OTHER_SIGNS = {
    "<": "<=", "<=": "<", ">": ">=", ">=": ">", "==": "!=", "!=": "==",
    "is": "is not", "is not": "is", "in": "not in", "not in": "in",
}  # fmt: skip
BOUNDARIES = (ast.Lt, ast.LtE, ast.Gt, ast.GtE)
BINDS = ["LOOSE", "SUM", "PRODUCT", "SIGN", "POWER", "CALL"]
"""How tightly formulas hold together, the loosest first."""
NEARLY = "1.0000000000001"  # 500 units in the last place: a loss of three digits is to be noticed


@dataclass(frozen=True)
class Mutant:
    """One change of one module."""

    path: str
    """From the root of the tree, with slashes."""
    index: int
    """Which node, in the order of `ast.walk`."""
    line: int
    scope: str
    """The function, method or row of the table that the node is in."""
    before: str
    after: str
    lines: range | None
    """A test that notices has executed one of these lines; None: they are executed when the module is imported."""
    row: str = ""
    """The name of the operation whose row this is."""
    deep: bool = False
    """Neither a rule nor a guard."""
    twin: int = 1
    """The how-manieth change of `before` to `after` in this scope it is."""

    @property
    def at(self) -> str:
        """Where, without the number of the line, which moves."""
        return f"{self.path} {self.scope}".strip()

    @property
    def change(self) -> str:
        """What, with a number if the scope has the same more than once."""
        return f"{self.before} -> {self.after}" + f" ({self.twin})" * (self.twin > 1)

    def __str__(self) -> str:
        return f"{self.path}:{self.line} {self.scope}: {self.change}"


def mutants(root: Path, package: str = "autograd_lite") -> list[Mutant]:
    """Return every change to make in the package of this name in the folder `root`, in the order of the code."""
    selected: list[Mutant] = []
    for file in sorted((root / package).rglob("*.py")):
        module = file.relative_to(root / package).with_suffix("").as_posix()
        reader = Reader(file.relative_to(root).as_posix(), module, file.read_text(encoding="utf-8"))
        once: dict[tuple[int, str], Mutant] = {}
        for one in reader.all():
            if one.before != one.after:
                once.setdefault((one.index, one.after), one)  # the first is the least deep
        twins: Counter[tuple[str, str]] = Counter()
        for one in sorted(once.values(), key=lambda one: (one.line, one.index)):
            twins[one.at, one.change] += 1
            selected.append(replace(one, twin=twins[one.at, one.change]))
    return selected


def broken(source: str, mutant: Mutant) -> ast.Module:
    """Return the syntax tree of `source` with the mutant's change made."""
    tree = ast.parse(source)
    target = list(ast.walk(tree))[mutant.index]
    statement = isinstance(target, ast.stmt)
    new: ast.AST = ast.parse(mutant.after).body[0] if statement else ast.parse(mutant.after, mode="eval").body
    for node in ast.walk(new):
        ast.copy_location(node, target)
    done = Replace(target, new)
    tree = done.visit(tree)
    assert done.times == 1
    return tree


class Replace(ast.NodeTransformer):
    """Puts a node in the place of another."""

    def __init__(self, target: ast.AST, new: ast.AST) -> None:
        self.target, self.new, self.times = target, new, 0

    def visit(self, node: ast.AST) -> ast.AST:
        """Return the new node for the old, any other as it is."""
        if node is self.target:
            self.times += 1
            return self.new
        return self.generic_visit(node)


class Reader:
    """Finds the mutants of one module."""

    def __init__(self, path: str, module: str, source: str) -> None:
        self.path, self.module = path, module
        self.tree = ast.parse(source)
        self.nodes = list(ast.walk(self.tree))
        self.index = {id(node): k for k, node in enumerate(self.nodes)}
        self.parent: dict[int, ast.AST] = {}
        self.field: dict[int, str] = {}
        for node in self.nodes:
            for field, value in ast.iter_fields(node):
                for child in value if isinstance(value, list) else [value]:
                    if isinstance(child, ast.AST):
                        self.parent[id(child)], self.field[id(child)] = node, field

    def all(self) -> Iterator[Mutant]:
        """Every mutant of the module."""
        for node in self.nodes:
            if self.is_code(node):
                yield from self.guards(node)
                yield from self.shields(node)
                if self.module in STRICT | NUMERIC:
                    yield from self.exchanges(node)
                if self.module in NUMERIC:
                    yield from self.operators(node)
        yield from self.rows()
        yield from self.languages()
        for node in self.nodes:
            if self.is_code(node):
                yield from (replace(one, deep=True) for one in self.deeper(node))

    def deeper(self, node: ast.AST) -> Iterator[Mutant]:
        """What is neither a rule nor a guard."""
        if isinstance(node, ast.If) and isinstance(node.body[-1], ast.Raise):
            yield from self.alternatives(node.test)
        if self.module in STRICT:
            yield from self.omissions(node)
        if self.module in STRICT | NUMERIC:
            yield from self.conditions(node)
        if self.module in NUMERIC:
            yield from self.numbers(node)

    # --- guards, in every module -----------------------------------------------------------------------------------

    def guards(self, node: ast.AST) -> Iterator[Mutant]:
        """What raises, when it does, and what is caught."""
        match node:
            case ast.Raise():
                yield self.make(node, "pass")
            case ast.ExceptHandler(type=ast.Tuple(elts=kinds) as caught, body=body):
                yield self.make(caught, "()", body)
                for kind in kinds:
                    rest = ", ".join(text(other) for other in kinds if other is not kind)
                    yield self.make(caught, f"({rest},)", body)
            case ast.ExceptHandler(type=ast.expr() as caught, body=body):
                yield self.make(caught, "()", body)
                if text(caught) == "BaseException":
                    yield self.make(caught, "Exception", body)
            case _:
                pass

    def shields(self, node: ast.AST) -> Iterator[Mutant]:
        """What makes text harmless, ends what hangs, keeps threads apart, cleans up."""
        match node:
            case ast.Try(finalbody=[_, *_] as final):
                for statement in final:
                    yield self.make(statement, "pass")
            case ast.withitem(context_expr=ast.expr() as context) if "lock" in text(context):
                yield self.make(context, "__import__('contextlib').nullcontext()")
            case ast.Call(func=called, args=[_, *_] as args) if text(called).split(".")[-1] == "suppress":
                yield self.make(node, f"{text(called)}()", args)
            case ast.Call(func=called, args=[first, *_]) if ESCAPES.search(text(called).split(".")[-1]):
                if not isinstance(first, (ast.Constant, ast.Starred)):
                    yield self.make(node, text(first))
            case ast.keyword(arg="timeout", value=ast.expr() as limit):
                yield self.make(limit, "None")
            case _:
                pass

    def alternatives(self, test: ast.expr) -> Iterator[Mutant]:
        """The conditions of a guard: each part of an `or` and `and` left out, each limit moved by one."""
        match test:
            case ast.BoolOp(op=op, values=parts):
                word = " and " if isinstance(op, ast.And) else " or "
                for part in parts:
                    yield self.make(test, word.join(f"({text(other)})" for other in parts if other is not part))
                    yield from self.alternatives(part)
            case ast.UnaryOp(op=ast.Not(), operand=inner):
                yield from self.alternatives(inner)
            case ast.Compare():
                yield from self.comparisons(test, BOUNDARIES)
            case _:
                pass

    # --- the engine ------------------------------------------------------------------------------------------------

    def omissions(self, node: ast.AST) -> Iterator[Mutant]:
        """Each statement left out."""
        is_text = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        is_change = isinstance(node, (ast.Expr, ast.Assign, ast.AugAssign, ast.Delete))
        if is_change and not is_text and self.inside(node):
            yield self.make(node, "pass")

    def conditions(self, node: ast.AST) -> Iterator[Mutant]:
        """Each condition forced, each part of it left out."""
        if not isinstance(node, (ast.If, ast.IfExp, ast.While)) or not self.inside(node):
            return
        if not isinstance(node, ast.While):
            yield self.make(node.test, "True")
        if not (isinstance(node, ast.If) and isinstance(node.body[-1], ast.Raise)):  # that is a guard, broken above
            yield self.make(node.test, "False")
            yield from self.alternatives(node.test)

    def exchanges(self, node: ast.AST) -> Iterator[Mutant]:
        """Each function replaced by another, each pair of arguments exchanged."""
        if not isinstance(node, ast.Call) and not isinstance(node, ast.Attribute):
            return
        if isinstance(node, ast.Attribute):
            if text(node.value) in TABLES and node.attr in SWAPPED:
                yield self.make(node, f"{text(node.value)}.{SWAPPED[node.attr]}")
            return
        if isinstance(node.func, ast.Name) and node.func.id in SWAPPED and self.module == "engine/ops":
            yield self.make(node.func, SWAPPED[node.func.id])
        plain = [isinstance(arg, (ast.Name, ast.Attribute)) for arg in node.args]
        if self.inside(node) and len(plain) > 1 and plain[-2:] == [True, True] and not self.in_message(node):
            args = [text(arg) for arg in node.args]
            swapped = ", ".join([*args[:-2], args[-1], args[-2], *map(text, node.keywords)])
            yield self.make(node, f"{text(node.func)}({swapped})")

    # --- the numeric core ------------------------------------------------------------------------------------------

    def operators(self, node: ast.AST) -> Iterator[Mutant]:
        """Each operator replaced by another."""
        if not self.inside(node) or self.in_message(node):
            return
        match node:
            case ast.BinOp(left=left, op=op, right=right) if type(op) in ARITHMETIC:
                if not any(isinstance(x, (ast.List, ast.Tuple)) or is_text(x) for x in (left, right)):
                    yield self.make(node, f"({text(left)}) {ARITHMETIC[type(op)]} ({text(right)})")
            case ast.AugAssign(target=target, op=op, value=value) if type(op) in ARITHMETIC and not is_text(value):
                yield self.make(node, f"{text(target)} {ARITHMETIC[type(op)]}= {text(value)}")
            case ast.UnaryOp(op=ast.USub(), operand=inner):
                yield self.make(node, text(inner))
            case _:
                pass

    def numbers(self, node: ast.AST) -> Iterator[Mutant]:
        """Each comparison and each number changed."""
        if not self.inside(node) or self.in_message(node):
            return
        match node:
            case ast.Compare():
                yield from self.comparisons(node, tuple(SIGNS))
            case ast.Constant(value=float() | int() as number) if not isinstance(number, bool):
                other = number + 1
                yield self.make(node, repr(other if other != number else number * 2))
            case _:
                pass

    def comparisons(self, node: ast.Compare, kinds: tuple[type[ast.cmpop], ...]) -> Iterator[Mutant]:
        for k, op in enumerate(node.ops):
            if isinstance(op, kinds):
                signs = [SIGNS[type(other)] for other in node.ops]
                signs[k] = OTHER_SIGNS[signs[k]]
                rest = "".join(f" {s} ({text(side)})" for s, side in zip(signs, node.comparators, strict=True))
                yield self.make(node, f"({text(node.left)}){rest}")

    # --- rows of the table -----------------------------------------------------------------------------------------

    def rows(self) -> Iterator[Mutant]:
        """What only a row of the table has: each field of each row."""
        for statement in self.tree.body if self.module == "engine/ops" else ():
            match statement:
                case ast.Assign(value=ast.Call(func=ast.Name("Op")) as call):
                    fields = dict(zip(("name", "fn", "partials"), call.args, strict=False))
                    fields |= {keyword.arg or "": keyword.value for keyword in call.keywords}
                    row = ast.literal_eval(fields["name"])
                    for field, value in fields.items():
                        for one in self.row_field(field, value):
                            yield replace(one, row=row)
                case _:
                    pass

    def languages(self) -> Iterator[Mutant]:
        """What a language's table says of each row: the template, and how tightly it binds."""
        for statement in self.tree.body:
            if not (isinstance(statement, ast.AnnAssign) and text(statement.annotation) == "dict[str, Row]"):
                continue
            tables = (node for node in ast.walk(statement) if isinstance(node, ast.Dict))
            for name, value in ((x, y) for table in tables for x, y in zip(table.keys, table.values, strict=True)):
                match name, value:
                    case ast.Constant(str(row)), ast.Tuple(
                        [ast.Constant(str(template)) as first, ast.Name(binds) as last]
                    ):
                        changed = [self.make(first, repr(other)) for other in templates(template)]
                        place = BINDS.index(binds)
                        others = BINDS[max(place - 1, 0) : place] + BINDS[place + 1 : place + 2]
                        changed += [self.make(last, other) for other in others]
                        yield from (replace(one, row=row) for one in changed)
                    case ast.Constant(str(row)), ast.Call(args=[ast.Constant(str(word)) as first, *_]):
                        yield replace(self.make(first, repr(f"{word}x")), row=row)
                    case _:
                        pass

    def row_field(self, field: str, value: ast.expr) -> Iterator[Mutant]:
        match field, value:
            case "fn", _:
                for change in ("-", f"{NEARLY} * "):
                    yield self.make(value, f"lambda *args: {change}({text(value)})(*args)")
            case "partials" | "written" | "definition" | "meaning", ast.Lambda(args=args, body=body):
                names = [arg.arg for arg in args.args]
                for slope in body.elts if isinstance(body, ast.Tuple) else [body]:
                    yield from self.slope(slope, names, exact=field in {"partials", "definition"})
            case "domain" | "kinks", _:
                yield from self.interval(value)
            case _:
                pass

    def slope(self, slope: ast.expr, names: list[str], *, exact: bool) -> Iterator[Mutant]:
        """Break one slope: its sign, its size, its digits, its factors, its arguments."""
        if not re.fullmatch(r"0\.0|_beside\(\w+, 0\.0\)", text(slope)):  # where there is none, it has no sign
            for change in ("-", f"{NEARLY} * " if exact else "2.0 * "):
                yield self.make(slope, f"{change}({text(slope)})")
        for node in ast.walk(slope):
            match node:
                case ast.BinOp(left=left, op=ast.Mult(), right=right):
                    yield self.make(node, text(left))
                    yield self.make(node, text(right))
                case ast.BinOp(left=left, op=ast.Div()):
                    yield self.make(node, text(left))
                case ast.Name(id=name) if name in names:
                    yield self.make(node, names[(names.index(name) + 1) % len(names)])
                case _:
                    pass

    def interval(self, value: ast.expr) -> Iterator[Mutant]:
        for node in ast.walk(value):
            match node:
                case ast.Name("ANY"):
                    yield self.make(node, "POSITIVE")
                case ast.Name("POSITIVE"):
                    yield self.make(node, "ANY")
                case ast.Constant(value=float(x)):
                    yield self.make(node, repr(x + 1.0))
                case ast.UnaryOp(op=ast.USub(), operand=inner):
                    yield self.make(node, text(inner))
                case _:
                    pass

    # --- where a node is -------------------------------------------------------------------------------------------

    def above(self, node: ast.AST) -> Iterator[tuple[ast.AST, str]]:
        """The nodes that a node is in, from the inside out, and in which field of theirs."""
        while id(node) in self.parent:
            field, node = self.field[id(node)], self.parent[id(node)]
            yield node, field

    def is_code(self, node: ast.AST) -> bool:
        """Whether it does something: no annotation, no default, no assertion, no overload, nothing for mypy alone."""
        for outer, field in self.above(node):
            if field in {"annotation", "returns", "decorator_list", "defaults", "kw_defaults", "bases"}:
                return False
            if isinstance(outer, ast.If) and field == "body" and "TYPE_CHECKING" in text(outer.test):
                return False
            if isinstance(outer, ast.Assert):
                return False
        return not isinstance(node, ast.Assert)

    def inside(self, node: ast.AST) -> bool:
        """Whether it runs when a function is called."""
        return any(
            isinstance(outer, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)) and field == "body"
            for outer, field in self.above(node)
        )

    def in_message(self, node: ast.AST) -> bool:
        """Whether it is part of what an error says, or of a text."""
        return any(isinstance(outer, (ast.Raise, ast.JoinedStr)) for outer, _ in self.above(node))

    def scope(self, node: ast.AST) -> str:
        names = [outer.name for outer, _ in self.above(node) if hasattr(outer, "name") and isinstance(outer, ast.stmt)]
        if not names:
            names = [text(outer.targets[0]) for outer, _ in self.above(node) if isinstance(outer, ast.Assign)]
            names = names or [text(outer.target) for outer, _ in self.above(node) if isinstance(outer, ast.AnnAssign)]
        return ".".join(reversed(names))

    def make(self, node: ast.AST, after: str, run: list[ast.stmt] | list[ast.expr] | None = None) -> Mutant:
        """The mutant with `after` in the place of `node`; `run` is what a test must have executed, if not the node."""
        where: list[ast.AST] = [*run] if run else [node]
        for outer, _ in self.above(node):
            if isinstance(outer, ast.JoinedStr):
                where = [outer]  # places within are not told rightly
        lines = range(where[0].lineno, (where[-1].end_lineno or 0) + 1) if self.inside(node) else None  # type: ignore[attr-defined]
        index = self.index[id(node)]
        return Mutant(self.path, index, node.lineno, self.scope(node), text(node), after, lines)  # type: ignore[attr-defined]


def text(node: ast.AST) -> str:
    """The node as code in one line."""
    return ast.unparse(node).replace("\n", "; ")


def is_text(node: ast.expr) -> bool:
    """Whether an operand is text, on which + is no arithmetic."""
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, (str, bytes)))


def templates(template: str) -> Iterator[str]:
    """Break a template of a formula: its operands exchanged, a bracket forgotten, a word or sign changed."""
    if "{0" in template and "{1" in template:
        yield re.sub(r"\{[01]", lambda m: "{1" if m[0] == "{0" else "{0", template)
    for match in re.finditer(r"\{[01]:(\d)\}", template):
        if int(match[1]) > 1:  # nothing binds looser than a sum
            yield f"{template[: match.start(1)]}{int(match[1]) - 1}{template[match.end(1) :]}"
    words = [m for m in re.finditer(r"[^\W\d_]+", template) if m[0] not in {"left", "right", "operatorname"}]
    for word in words[-1:]:
        yield f"{template[: word.end()]}x{template[word.end() :]}"
    if "|" in template:
        yield template.replace("|", "'")
    for found in re.finditer(r"(?<=[ {(])[-+*/^](?= )|^-", template):
        other = {"-": "+", "+": "-", "*": "/", "/": "*"}.get(found[0], "+")
        yield f"{template[: found.start()]}{other}{template[found.end() :]}"
