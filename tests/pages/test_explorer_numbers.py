"""Every number of a live page is Python's, and every formula evaluates to what stands beside it, whatever one does."""

import json
import math
import random
import re
from xml.etree import ElementTree as ET

import evaluating
import pytest
from browser import Tab, needs_browser, pages_to_try

from autograd_lite import Network, Value
from autograd_lite.engine.graph import display_names, topological
from autograd_lite.losses import half_squared_error
from autograd_lite.text.layout import number
from autograd_lite.text.reading import atoms, every_name

pytestmark = needs_browser

PAGES = pages_to_try()
ACTIONS = ["edit", "edit", "edit", "rate", "train", "train", "scrub", "next", "next", "back", "go", "select", "select",
           "sample", "undo", "redo"]  # fmt: skip
WRITTEN = {
    "value": number,
    "signed": lambda x: "+" * (x > 0.0) + number(x),
    "bracket": lambda x: f"({number(x)})" if x < 0.0 else number(x),
    "count": lambda x: f"{x:,.0f}",
}


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
        """The mean loss of all samples, and the means of the gradients."""
        found = [self.slopes(k) for k in range(len(self.samples))]
        count = len(found)
        columns = zip(*(slopes for _, slopes in found), strict=True)
        return sum(x for x, _ in found) / count, [sum(column) / count for column in columns]

    def train(self, count):
        """Make so many updates."""
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
        """Give something another number."""
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
        """All that there is to remember."""
        parameters = self.model.parameters() if self.network else self.leaves.values()
        numbers = [w.data for w in parameters]
        return json.dumps([self.samples, self.rate, self.sample, self.updates, self.before, self.first, numbers])

    def restore(self, kept):
        """Bring back what was remembered."""
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

        def again(y):
            found = known(y)
            return y.op(*(again(x) if isinstance(x, Value) else x for x in y.args)) if found is None else found

        again(of).backward()
        return {names[node]: leaf.grad for node, leaf in held.items() if leaf.grad is not None}


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
    formulas: texts("#panel [data-use], #step [data-use]").map((box) =>
      [...box.querySelectorAll(":scope > math")].map((one) => written.serializeToString(one))),
    step: !document.getElementById("step").hidden,
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
        """The key of what has a name."""
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
        """See that all that is shown is right."""
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
        assert len(shown["formulas"]) >= 1 + (shown["step"] and 1)
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
            if one.text == "lr":
                key = ":rate"
            elif len(one) == 2 and one[0].text == "mean of ":
                key = f"mean {one[1].get('data-s')}"
            if one.get("data-q"):
                shown = (one.text or "").replace("−", "-")
                x = numbers[key] if digits else float(shown.strip("()+"))
                element[k] = bracketed(x, shown.startswith("("))
            elif key:
                element[k] = bracketed(numbers[key], math.copysign(1.0, numbers[key]) < 0.0)
            else:
                visit(one)

    line = root[0]
    line[:] = [one for term in line for part in term for one in part]  # lines break between terms, and factors
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


class Walk:
    """Things done at random to a page and its mirror; each method does one, if it can be done."""

    def __init__(self, tab, mirror, page, seed):
        self.tab, self.mirror, self.page, self.rng = tab, mirror, page, random.Random(seed)
        self.past, self.future, self.step = [], [], -1
        fields = "() => [...document.querySelectorAll('table input[type=number]')].map((one) => one.dataset.leaf)"
        self.given = tab.run(fields)

    def remember(self):
        """What is done now can be undone."""
        self.past, self.future = [*self.past, self.mirror.snapshot()], []

    def give(self, key, x, kind="number"):
        """Type a number, or move a slider."""
        self.remember()
        self.tab.run(ANEW)
        self.tab.set(key, x, kind)
        self.mirror.set(self.page.names.get(key, key), x)

    def edit(self):
        """Give any quantity another number."""
        kind = self.rng.choice(["number", "range"])
        low, high = (-2.0, 2.0) if kind == "number" else (0.0, 0.9)
        self.give(self.rng.choice(self.given), round(self.rng.uniform(low, high), self.rng.choice([1, 3, 16])), kind)

    def rate(self):
        """Another learning rate."""
        if self.mirror.trained:
            self.give(":rate", round(self.rng.uniform(0.0, 0.6), 3))

    def train(self):
        """Updates."""
        if self.mirror.trained:
            count = self.rng.choice([1, 10, 100])
            self.remember()
            self.tab.page.click(f"#train{count}")
            self.mirror.train(count)

    def scrub(self):
        """Back to an update."""
        if self.mirror.updates:
            epoch = self.rng.randrange(self.mirror.updates + 1)
            self.tab.page.locator("#epoch").fill(str(epoch))
            self.mirror.visit(epoch)

    def next(self):
        """The next step; after the last one the update."""
        if self.step < len(self.page.steps) - 1:
            self.step += 1
        elif self.mirror.trained:
            self.step = 0
            self.remember()
            self.mirror.train(1)
        else:
            self.step = -1
        self.tab.page.click("#next")

    def back(self):
        """The step before."""
        if self.step >= 0:
            self.step -= 1
            self.tab.page.click("#back")

    def go(self):
        """Any step, most of all one of the last."""
        count = len(self.page.steps)
        self.step = self.rng.choice([self.rng.randrange(count), count - 1])
        self.tab.page.locator(f"[data-go='{self.step}']").click()

    def select(self):
        """Select something."""
        self.tab.select(self.rng.choice(list(self.page.names)))

    def sample(self):
        """Another sample."""
        k = self.rng.randrange(max(1, len(self.mirror.samples)))
        if k != self.mirror.sample:
            self.remember()
            self.tab.page.select_option("#sample", str(k))
            self.mirror.sample = k

    def undo(self):
        """Undo."""
        if self.past:
            self.future.append(self.mirror.snapshot())
            self.mirror.restore(self.past.pop())
            self.tab.page.click("#undo")

    def redo(self):
        """Redo."""
        if self.future:
            self.past.append(self.mirror.snapshot())
            self.mirror.restore(self.future.pop())
            self.tab.page.click("#redo")


@pytest.mark.parametrize("name", PAGES)
def test_whatever_one_does(browser, pages, name):
    """After each of 40 things done at random every number, path and formula in the page is right."""
    tab = Tab(browser, pages[name], width=random.Random(name).choice([390, 1280]))
    tab.unfold("details")
    tab.page.wait_for_timeout(50)
    mirror = Mirror(*PAGES[name]())
    page = Shown(tab, mirror)
    page.check()
    walk = Walk(tab, mirror, page, seed=name)
    for _ in range(40):
        getattr(walk, walk.rng.choice(ACTIONS))()
        page.check()
    tab.close()
