"""Every number of a live page is Python's, and every formula evaluates to what stands beside it, whatever one does."""

import json
import math
import random
import re
from xml.etree import ElementTree as ET

import evaluating
import pytest
from browser import Tab, needs_browser, pages_to_try, saved_pages, started

from autograd_lite import Network, Value
from autograd_lite.engine.graph import display_names, topological
from autograd_lite.losses import half_squared_error
from autograd_lite.text.layout import number
from autograd_lite.text.reading import atoms, every_name

pytestmark = needs_browser

PAGES = pages_to_try()
ACTIONS = ["set", "set", "set", "rate", "train1", "train10", "next", "next", "back", "select", "select", "sample",
           "undo", "redo", "scrub", "go"]  # fmt: skip
WRITTEN = {
    "value": number,
    "signed": lambda x: "+" * (x > 0.0) + number(x),
    "bracket": lambda x: f"({number(x)})" if x < 0.0 else number(x),
    "count": lambda x: f"{x:,.0f}",
}


@pytest.fixture(scope="module")
def browser():
    with started() as one:
        yield one


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    return saved_pages(tmp_path_factory.mktemp("pages"))


class Mirror:
    """The same model in Python: what the page should show, computed by nodes alone, without the page's program."""

    def __init__(self, args, options):
        self.model = args[0]
        self.network = isinstance(self.model, Network)
        self.loss = options.get("loss", half_squared_error)
        self.rate, self.sample, self.updates = options.get("lr", 0.5), 0, 0
        self.before = self.first = None
        if self.network:
            data = args[1]
            pairs = [data] if isinstance(data, tuple) else data
            self.samples = [[list(map(float, part)) for part in pair] for pair in pairs]
            self.trained = list(options.get("parameters", self.model.parameters()))
        else:
            self.samples, self.trained = [], []
            self.leaves = {x.label: x for x in topological(self.model) if x.op is None}

    def root(self, sample):
        """The result on a sample, of fresh nodes."""
        if not self.network:
            return self.again(self.model, lambda x: x if x.op is None else None)
        inputs, targets = self.samples[sample]
        named = [[Value(x, f"{c}{k}") for k, x in enumerate(part, 1)] for c, part in (("i", inputs), ("t", targets))]
        return self.loss(self.model.forward(named[0]).outputs, named[1])

    def again(self, y, known):
        """A graph computed again, with what is known in place of some of its nodes."""
        made = {}
        for node in topological(y):
            made[node] = known(node)
            if made[node] is None:
                made[node] = node.op(*(made[x] if isinstance(x, Value) else x for x in node.args))
                made[node].label = node.label
        return made[y]

    def slopes(self, sample):
        """The result, and the gradients of the trained parameters."""
        root = self.root(sample)
        for x in topological(root):
            x.grad = None
        root.backward()
        return root.data, [w.grad for w in self.trained]

    def means(self):
        found = [self.slopes(k) for k in range(len(self.samples))]
        count = len(found)
        return sum(x for x, _ in found) / count, [sum(column) / count for column in zip(*(s for _, s in found), strict=True)]

    def train(self, count):
        if not self.updates:
            self.first = [w.data for w in self.trained]
        for _ in range(count):
            _, slopes = self.means()
            self.before = [w.data for w in self.trained], slopes
            for w, slope in zip(self.trained, slopes, strict=True):
                w.data -= self.rate * slope
            self.updates += 1

    def visit(self, updates):
        """Go back to when there had been so many updates."""
        for w, x in zip(self.trained, self.first, strict=True):
            w.data = x
        self.updates, self.before = 0, None
        self.train(updates)

    def set(self, name, x):
        self.updates, self.before, self.first = 0, None, None
        if name == ":rate":
            self.rate = x
        elif not self.network:
            self.leaves[name].data = x
        elif name[0] in "it" and name[1:].isdigit():
            self.samples[self.sample]["it".index(name[0])][int(name[1:]) - 1] = x
        else:
            next(w for w in self.model.parameters() if w.label == name).data = x

    def snapshot(self):
        parameters = self.model.parameters() if self.network else self.leaves.values()
        return json.dumps([self.samples, self.rate, self.sample, self.updates, self.before, self.first, [w.data for w in parameters]])

    def restore(self, kept):
        self.samples, self.rate, self.sample, self.updates, self.before, self.first, numbers = json.loads(kept)
        parameters = self.model.parameters() if self.network else self.leaves.values()
        for w, x in zip(parameters, numbers, strict=True):
            w.data = x

    def numbers(self):
        """All that may be shown, by name, and the slopes beside each: a dict, and {of: {wrt: slope}}."""
        root = self.root(self.sample)
        order = topological(root)
        names = (atoms(every := every_name(root)) | {root: every[root]}) if self.network else display_names(order)
        names = {node: names[node] for node in order if node in names}
        for x in order:
            x.grad = None
        root.backward()
        found = {name: node.data for node, name in names.items()}
        found |= {f"∂{name}": node.grad for node, name in names.items()}
        local = {}
        for of in names:
            if of.op is not None:
                local[names[of]] = self.local(of, names)
        found |= {f"∂{of}/∂{wrt}": x for of, row in local.items() for wrt, x in row.items()}
        if self.trained:
            loss, slopes = self.means()
            before, changed = self.before or ([w.data for w in self.trained], slopes)
            found |= {":rate": self.rate, ":epoch": float(self.updates), ":mean": loss}
            for w, slope, x, s in zip(self.trained, slopes, before, changed, strict=True):
                q = w.label
                found |= {f"mean ∂{q}": slope, f"{q}⁺": w.data - self.rate * slope, f"before {q}": x, f"slope {q}": s}
                found |= {f"Δ{q}": -self.rate * s, f"after {q}": x - self.rate * s}
        return found, local, names[root]

    def local(self, of, names):
        """How one quantity moves with each that it is made of, when these are held."""
        held = {}

        def known(node):
            if node in names and node is not of:
                return held.setdefault(node, Value(node.data))
            return node if node.op is None else None

        self.again_above(of, known).backward()
        return {names[node]: leaf.grad for node, leaf in held.items() if leaf.grad is not None}

    def again_above(self, y, known, top=True):
        if not top and (found := known(y)) is not None:
            return found
        return y.op(*(self.again_above(x, known, False) if isinstance(x, Value) else x for x in y.args))


def near(found, x, scale=0.0):
    """Whether digits are those of Python within 1e-12 of it; `scale` is that of terms that all but cancel."""
    found = float(found.replace("inf", "Infinity") if isinstance(found, str) else found)
    if math.isnan(x) or math.isnan(found):
        return math.isnan(x) and math.isnan(found)
    return found == x or abs(found - x) <= 1e-12 * abs(x) + 1e-15 * scale


READ = """() => {
  const texts = (found) => [...document.querySelectorAll(found)];
  const written = new XMLSerializer();
  return {
    numbers: texts("[data-q]").map((one) => [one.dataset.q, one.dataset.x, one.textContent, one.dataset.as,
      one instanceof HTMLElement ? one.title : one.dataset.x]),
    titles: texts("title[data-t]").map((one) => [one.dataset.t, one.textContent]),
    fields: texts("input[data-leaf]").map((one) => [one.dataset.leaf, one.value]),
    paths: texts("#paths .path").map((path) => [[...path.querySelectorAll("[data-q]")].map((one) => one.dataset.q),
      path.querySelector("[data-product]").dataset.x, path.querySelector("[data-product]").textContent]),
    heading: document.querySelector("#paths h3")?.textContent ?? "",
    rest: document.querySelector("[data-rest]")?.dataset.x ?? null,
    lit: texts("#overlay .over").length,
    nudge: document.getElementById("nudge").hidden ? null : document.querySelector("#nudge strong").title,
    selected: document.querySelector("#picture .selected")?.dataset.s ?? "",
    formulas: texts("#panel .formula, #step .formula").map((box) =>
      [...box.querySelectorAll(":scope > math")].map((one) => written.serializeToString(one))),
    epoch: document.getElementById("epoch")?.value ?? null,
    readouts: texts(".readout").map((one) => one.title),
  };
}"""


class Shown:
    """A page beside its mirror."""

    def __init__(self, tab, mirror):
        self.tab, self.mirror = tab, mirror
        data = tab.run("() => JSON.parse(document.getElementById('data').textContent)")
        self.names = {node["key"]: node["name"] for node in data["nodes"]}
        self.keys = {name: key for key, name in self.names.items()}
        self.steps = data["steps"]

    def by_key(self, found):
        """Numbers by the keys of the page: in each of them names are replaced."""
        return {self.key(name): x for name, x in found.items()}

    def key(self, name):
        for prefix in ("mean ∂", "before ", "slope ", "after ", "Δ"):
            if name.startswith(prefix):
                return prefix + self.keys[name[len(prefix) :]]
        if name.startswith("∂"):
            parts = name[1:].split("/∂")
            return "/".join(f"∂{self.keys[part]}" for part in parts)
        if name.endswith("⁺"):
            return f"{self.keys[name[:-1]]}⁺"
        return name if name.startswith(":") else self.keys[name]

    def check(self):
        found, local, result = self.mirror.numbers()
        expected = self.by_key(found)
        shown = self.tab.run(READ)
        seen = set()
        for key, digits, text, style, title in shown["numbers"]:
            seen.add(key)
            assert near(digits, expected[key]), (key, digits, expected[key])
            assert text == WRITTEN[style](float(digits)), (key, text, digits, style)
            assert float(title) == float(digits)
        for key in self.names:
            assert {key, f"∂{key}"} & seen, key
        for key, title in shown["titles"]:
            name, value, slope = re.fullmatch(r"(.*), \w+: (\S+), gradient (\S+)", title).groups()
            assert name == self.names[key]
            assert near(value, expected[key])
            assert near(slope, expected[f"∂{key}"])
        for key, value in shown["fields"]:
            assert near(value, expected[key]), (key, value, expected[key])
        self.check_paths(shown, expected, local, result)
        for lines in shown["formulas"]:
            check_formula(lines, expected)
        if self.mirror.trained:
            assert int(shown["epoch"]) == self.mirror.updates
            losses, weights = (dict(part.rsplit(" ", 1) for part in text.split(", ")) for text in shown["readouts"])
            assert near(losses[result], expected[":mean"])
            for name, value in weights.items():
                assert near(value, found[name])

    def check_paths(self, shown, expected, local, result):
        """Factors multiply to products; products add up to the gradient; as many paths as Python finds light up."""
        selected = shown["selected"]
        name = self.names[selected]
        if name == result:
            assert shown["paths"] == []
            return
        counts = {}

        def count(of):
            if of == name:
                return 1
            if of not in counts:
                counts[of] = sum(count(x) for x in local.get(of, {}))
            return counts[of]

        total = count(result)
        products = []
        for keys, digits, text in shown["paths"]:
            assert len(set(keys)) == len(keys)
            product = math.prod(expected[key] for key in keys)
            assert near(digits, product), (keys, digits, product)
            assert text == WRITTEN["signed"](float(digits))
            products.append(float(digits))
        assert len(products) == min(6, total) == shown["lit"]
        whole = sum(products) + (float(shown["rest"]) if shown["rest"] is not None else 0.0)
        assert (shown["rest"] is not None) == (total > 6)
        assert near(whole, expected[f"∂{selected}"], scale=10 * sum(map(abs, products)))
        if total:
            ways = {1: "one path", 2: "two paths", 3: "three paths"}.get(total, f"{total:,} paths")
            assert shown["heading"] == f"The chain rule: {ways} from {name} to {result}"
        if shown["nudge"] is not None:
            assert float(shown["nudge"]) == pytest.approx(self.nudge(name), rel=1e-8, abs=1e-11)

    def nudge(self, name):
        """Rise over run of the result, for 0.01 more of something given."""
        kept = self.mirror.snapshot()
        before = self.mirror.root(self.mirror.sample).data
        now = self.mirror.numbers()[0][name]
        self.mirror.set(name, now + 0.01)
        rise = self.mirror.root(self.mirror.sample).data - before
        self.mirror.restore(kept)
        return rise / 0.01


def plain(text, numbers, *, digits):
    """A line as a formula in numbers alone: each quantity by its digits, or as it is written."""
    root = ET.fromstring(text.replace(' xmlns="http://www.w3.org/1998/Math/MathML"', ""))

    def bracketed(x, brackets):
        made = ET.Element("mrow")
        inside = ["("] * brackets + ["−"] * (x < 0.0) + [repr(abs(x))] + [")"] * brackets
        for one in inside:
            ET.SubElement(made, "mn" if one[0].isdigit() else "mo").text = one
        return made

    def visit(element):
        for k, one in enumerate(list(element)):
            key = one.get("data-q") or one.get("data-s")
            if key and one.get("data-q"):
                shown = (one.text or "").replace("−", "-")
                x = numbers[key] if digits else float(shown.strip("()+"))
                element[k] = bracketed(x, shown.startswith("("))
            elif key:
                element[k] = bracketed(numbers[key], x_is_negative(numbers[key]))
            else:
                visit(one)

    def x_is_negative(x):
        return math.copysign(1.0, x) < 0.0

    line = root[0]
    at = max((k for k, x in enumerate(line) if x.tag == "mo" and x.text == "="), default=-1)
    for one in list(line)[: at + 1]:
        line.remove(one)
    visit(line)
    return ET.tostring(root, "unicode")


def check_formula(lines, numbers):
    """The lines of a formula all evaluate to the last of them, read by a reader that knows nothing of the package."""
    values = [float(evaluating.mathml(plain(line, numbers, digits=True), {})) for line in lines]
    if len(lines) == 2 and not list(ET.fromstring(lines[0])[0]):
        return
    for value, line in zip(values, lines, strict=True):
        assert value == pytest.approx(values[-1], rel=1e-9, abs=1e-12), (line, value, values[-1])


ANEW = """() => {
  document.activeElement.blur();
  document.body.dispatchEvent(new PointerEvent("pointerdown", { bubbles: true }));
}"""
"""What is changed next is another thing to undo."""


@pytest.mark.parametrize("name", PAGES)
def test_whatever_one_does(browser, pages, name):
    """After each of 40 things done at random every number, path and formula in the page is right."""
    args, options = PAGES[name]()
    tab = Tab(browser, pages[name], width=random.Random(name).choice([390, 1280]))
    tab.run("() => document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    tab.page.wait_for_timeout(50)
    mirror = Mirror(args, options)
    page = Shown(tab, mirror)
    page.check()
    rng = random.Random(f"{name} 1")
    past, future, step = [], [], -1
    given = tab.run("() => [...document.querySelectorAll('table input[type=number]')].map((one) => one.dataset.leaf)")
    for _ in range(40):
        action = rng.choice(ACTIONS)
        now = mirror.snapshot()
        if action == "set":
            key, kind = rng.choice(given), rng.choice(["number", "range"])
            x = round(rng.uniform(-2.0 if kind == "number" else 0.0, 2.0 if kind == "number" else 0.9), rng.choice([1, 3, 16]))
            tab.run(ANEW)
            tab.set(key, x, kind)
            past, future = [*past, now], []
            mirror.set(page.names[key], x)
        elif action == "rate" and mirror.trained:
            x = round(rng.uniform(0.0, 0.6), 3)
            tab.run(ANEW)
            tab.set(":rate", x)
            past, future = [*past, now], []
            mirror.set(":rate", x)
        elif action in {"train1", "train10"} and mirror.trained:
            tab.page.click(f"#{action}")
            past, future = [*past, now], []
            mirror.train(int(action[5:]))
        elif action == "scrub" and mirror.updates:
            epoch = rng.randrange(mirror.updates + 1)
            tab.page.locator("#epoch").fill(str(epoch))
            mirror.visit(epoch)
        elif action == "next" and step < len(page.steps) - 1:
            tab.page.click("#next")
            step += 1
        elif action == "back" and step >= 0:
            tab.page.click("#back")
            step -= 1
        elif action == "go":
            step = rng.randrange(len(page.steps))
            tab.page.locator(f"[data-go='{step}']").click()
        elif action == "select":
            tab.select(rng.choice(list(page.names)))
        elif action == "sample" and len(mirror.samples) > 1:
            k = rng.randrange(len(mirror.samples))
            if k != mirror.sample:
                tab.page.select_option("#sample", str(k))
                past, future = [*past, now], []
                mirror.sample = k
        elif action == "undo" and past:
            tab.page.click("#undo")
            future.append(now)
            mirror.restore(past.pop())
        elif action == "redo" and future:
            tab.page.click("#redo")
            past.append(now)
            mirror.restore(future.pop())
        page.check()
    tab.close()
