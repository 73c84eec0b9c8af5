"""Our scripts, which are separate ES modules, as one module: a file cannot import others from disk."""

import re
from collections.abc import Callable
from importlib import resources

__all__ = ["bundled"]

IMPORT = re.compile(r'^import\s+\{[^}]*\}\s+from\s+"\./([\w-]+\.js)";[^\S\n]*\n', re.MULTILINE)
EXPORT = re.compile(r"^export\s+(?=(const|let|class|function|async)\b)", re.MULTILINE)


def _read(name: str) -> str:
    return (resources.files("autograd_lite.pages.explorer") / "scripts" / name).read_text("utf-8")


def bundled(first: str = "main.js", read: Callable[[str], str] = _read) -> str:
    """Return a script and all it imports as one, each after those that it needs.

    They are written so that this is simple: names are the same in all of them, and imports and exports stand at the
    beginning of a line, as `import { a, b } from "./other.js";` and before a declaration. Raises `ValueError` for
    scripts that import each other, for two of one name, and for an import or export in another form.
    """
    order: dict[str, str] = {}

    def visit(name: str, above: tuple[str, ...]) -> None:
        if name in above:
            raise ValueError(f"scripts import each other: {' -> '.join((*above, name))}")
        if name in order:
            return
        text = read(name)
        for found in IMPORT.finditer(text):
            visit(found[1], (*above, name))
        order[name] = EXPORT.sub("", IMPORT.sub("", text))

    visit(first, ())
    for name, text in order.items():
        if re.search(r"^\s*(import|export)\b", text, re.MULTILINE):
            raise ValueError(f"{name} has an import or export in a form that is not bundled")
    taken: dict[str, str] = {}
    for name, text in order.items():
        for declared in re.findall(r"^(?:const|let|class|function\*?|async function)\s+(\w+)", text, re.MULTILINE):
            if declared in taken:
                raise ValueError(f"{declared} is declared in both {taken[declared]} and {name}")
            taken[declared] = name
    return "\n".join(f"// --- {name}\n{text.strip()}\n" for name, text in order.items())
