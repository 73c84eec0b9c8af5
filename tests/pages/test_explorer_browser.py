"""The live page in a browser: what is shown is Python's, whatever is changed, stepped and trained; keys, address."""

import random
import re

import pytest
from browser import needs_browser

from autograd_lite import Network, Value, page, tanh
from autograd_lite.examples import mazur
from autograd_lite.losses import half_squared_error
from autograd_lite.pages.explorer.building import of_graph, of_network
from autograd_lite.text.layout import number, signed
from autograd_lite.train import data_loss, train

pytestmark = needs_browser

HOSTILE = [
    '<img src=x onerror="alert(1)">',
    "</script><script>alert(1)</script>",
    '"];alert(1);//',
    "∂w1",
    "#1",
    "${1}",
]
WIDTHS = [390, 1280]
SCHEMES = ["light", "dark"]
XOR = [([0.0, 0.0], [0.0]), ([0.0, 1.0], [1.0]), ([1.0, 0.0], [1.0]), ([1.0, 1.0], [0.0])]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("pages")


@pytest.fixture(scope="module")
def mazur_page(folder):
    example = mazur()
    net = example.network()
    return page(net, [(example.inputs, example.targets)], parameters=net.weights).save(folder / "mazur.html")


def xor_network():
    return Network([2, 3, 1], activation=["tanh", "sigmoid"], seed=3)


@pytest.fixture(scope="module")
def xor_page(folder):
    return page(xor_network(), XOR, lr=1.0).save(folder / "xor.html")


def close(text, x):
    """Whether the digits behind a number are Python's, within 1e-12 of it."""
    found = float(text)
    return found == x or abs(found - x) <= 1e-12 * max(abs(x), 1e-300) or abs(found - x) < 1e-18


WRITTEN = {
    "value": number,
    "signed": lambda x: signed(x, 3),
    "bracket": lambda x: f"({number(x)})" if x < 0 else number(x),
}


def check_numbers(tab, expected):
    """Each number shown is the expected one, and written as the pictures write it."""
    seen = set()
    for key, digits, text, style in tab.numbers():
        if key not in expected:
            continue
        seen.add(key)
        assert close(digits, expected[key]), (key, digits, expected[key])
        if style in WRITTEN:
            assert text == WRITTEN[style](float(digits)), (key, style)
    return seen


def mazur_numbers(values, updates=0, rate=0.5):
    """By key all quantities of Mazur's network, computed by nodes: at some leaves, after some updates."""
    example = mazur()
    net = example.network()
    values = dict(values)
    for w in net.parameters():
        w.data = values.pop(w.label, w.data)
    inputs = [values.pop(f"i{k}", x) for k, x in enumerate(example.inputs, 1)]
    targets = [values.pop(f"t{k}", x) for k, x in enumerate(example.targets, 1)]
    assert not values
    train(net, [(inputs, targets)], parameters=net.weights, lr=rate, epochs=updates, progress=False)
    for w in net.parameters():
        w.grad = None
    leaves = [Value(x, f"i{k}") for k, x in enumerate(inputs, 1)], [Value(x, f"t{k}") for k, x in enumerate(targets, 1)]
    done = net.forward(leaves[0])
    root = half_squared_error(done.outputs, leaves[1])
    root.backward()
    nodes = {*leaves[0], *leaves[1], *net.parameters(), root, *root.parents}
    nodes |= {x for some in (*done.sums, *done.activations) for x in some}
    expected = {node.label: node.data for node in nodes} | {f"∂{node.label}": node.grad for node in nodes}
    expected |= {f"{w.label}⁺": w.data - rate * w.grad for w in net.weights}
    # The local derivatives come from the model, which tests of Python alone compare with `explain`.
    model = of_network(
        net, [(inputs, targets)], loss=half_squared_error, lr=rate, parameters=net.weights, title=""
    ).model
    return expected | {key: x for key, x in model.numbers().items() if "/" in key}


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("width", WIDTHS)
def test_what_is_shown_is_python_s(opened, mazur_page, width, scheme):
    """After edits, steps and updates drawn at random every number is Python's within 1e-12, and the page fits."""
    tab = opened(mazur_page, width=width, scheme=scheme)
    tab.unfold("#program")
    rng = random.Random(f"{width} {scheme}")
    values, updates, rate = {}, 0, 0.5
    names = ["i1", "i2", "t1", "t2", "b1", "b2", *(f"w{k}" for k in range(1, 9))]
    for _ in range(25):
        action = rng.choice(["set", "set", "train", "step", "select", "rate"])
        if action == "set":
            name = rng.choice(names)
            if updates:  # a change begins a new training with the weights that there are
                values |= {k: x for k, x in mazur_numbers(values, updates, rate).items() if re.fullmatch(r"w\d", k)}
            values[name], updates = round(rng.uniform(-1.0, 1.0), 4), 0
            tab.set(name, values[name], rng.choice(["number", "range"]))
        elif action == "rate":
            values |= {k: x for k, x in mazur_numbers(values, updates, rate).items() if re.fullmatch(r"w\d", k)}
            rate, updates = round(rng.uniform(0.0, 1.0), 3), 0
            tab.set(":rate", rate)
        elif action == "train":
            count = rng.choice([1, 10])
            updates += count
            tab.page.click(f"#train{count}")
        elif action == "step":
            tab.page.click("#next") if tab.run("document.getElementById('progress').value") < 30 else None
        else:
            tab.select(rng.choice(names))
        seen = check_numbers(tab, mazur_numbers(values, updates, rate))
        assert {"E_total", "∂w5", "a_h1"} <= seen
    assert tab.run("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("width", [360, 390, 768, 1280, 1600])
def test_the_page_never_scrolls_sideways(opened, mazur_page, width):
    """From 360 to 1600 pixels all is within the window, also in the middle of the steps with everything open."""
    tab = opened(mazur_page, width=width)
    tab.unfold("details")
    for _ in range(18):
        tab.page.click("#next")
    assert tab.run("document.documentElement.scrollWidth") <= width


def test_two_paths(opened, mazur_page):
    """For w1 two paths light up; their factors multiply to their products, and these add up to the gradient."""
    tab = opened(mazur_page)
    read = """() => [...document.querySelectorAll("#paths .path")].map((path) => [
        [...path.querySelectorAll("[data-q]")].map((one) => Number(one.dataset.x)),
        Number(path.querySelector("[data-product]").dataset.x)])"""
    tab.select("w1")
    paths = tab.run(read)
    assert len(paths) == 2
    for factors, product in paths:
        expected = 1.0
        for factor in factors:
            expected *= factor
        assert len(factors) == 6
        assert close(product, expected)
    gradient = mazur_numbers({})["∂w1"]
    assert sum(product for _, product in paths) == pytest.approx(gradient, rel=1e-12)
    assert tab.run("document.querySelectorAll('#overlay .over').length") == 2
    dashes = tab.run(
        """() => [...document.querySelectorAll("#overlay .over")].map((path) => getComputedStyle(path))
            .map((style) => style.strokeDasharray + style.stroke)"""
    )
    assert len(set(dashes)) == 2
    # Under the pointer other paths light up, as long as it is there; the table stays.
    tab.page.hover("#picture [data-s=w8]")
    assert tab.run("document.querySelectorAll('#overlay .over').length") == 1
    assert len(tab.run(read)) == 2
    tab.page.hover("h1")
    assert tab.run("document.querySelectorAll('#overlay .over').length") == 2
    tab.select("w5")
    assert len(tab.run(read)) == 1
    tab.set("w1", 0.9)
    tab.unfold("#paths details")
    assert tab.run("() => document.querySelectorAll('#paths details math').length") == 4
    check_numbers(tab, mazur_numbers({"w1": 0.9}))


def test_the_same_lights_up_everywhere(opened, mazur_page):
    """What is selected is marked in the picture, in formulas, in the tables and in the program."""
    tab = opened(mazur_page)
    tab.unfold("#program")
    tab.select("w5")
    places = ["#picture .row.selected", "#panel mrow.selected", "table th.selected", "#program td.selected"]
    for place in places:
        assert tab.run("(place) => document.querySelectorAll(place).length", place), place
    # From a formula of the program one gets to what it names.
    tab.page.click("#program mrow[data-s=a_h2]")
    assert tab.run("() => document.querySelector('#picture .row.selected').dataset.s") == "a_h2"


def test_steps(opened, mazur_page):
    """All steps in the order of the tutorials; what comes later is faint; the last one makes the update."""
    tab = opened(mazur_page)
    stages, seen = [], []
    count = tab.run("() => JSON.parse(document.getElementById('data').textContent).steps.length")
    for k in range(count):
        tab.page.click("#next")
        stage = tab.run("() => document.querySelector('#step b').textContent")
        stages += [stage] * (stage not in stages)
        seen.append(tab.run("() => document.querySelectorAll('#picture .later').length"))
        if k == 0:  # what the formula names is marked in the picture
            marked = tab.run("() => [...document.querySelectorAll('#picture .operand')].map((one) => one.dataset.s)")
            assert set(marked) == {"h1", "w1", "w2", "i1", "i2", "b1"}
        assert tab.run("() => document.querySelector('#step .words').textContent.length") > 40
        assert f"step {k + 1} of {count}" in tab.run("() => document.querySelector('#step .where').textContent")
    assert stages == [
        "Forward: predictions", "Loss", "Backward: output layer", "Backward: hidden layers",
        "Gradients of the weights", "Update",
    ]  # fmt: skip
    assert seen == sorted(seen, reverse=True)
    assert seen[-1] == 0
    tab.page.click("#next")
    assert tab.run("() => document.querySelector('[data-q=\":epoch\"]').textContent") == "1"
    check_numbers(tab, mazur_numbers({}, 1))
    tab.page.click("#back")
    tab.page.click("#undo")
    check_numbers(tab, mazur_numbers({}))


def test_keys_alone(opened, mazur_page):
    """Arrows go through the steps, t trains, tab and enter select, ctrl+z undoes; it is announced."""
    tab = opened(mazur_page)
    tab.page.keyboard.press("ArrowRight")
    tab.page.keyboard.press("ArrowRight")
    assert "step 2 of" in tab.run("() => document.querySelector('#step .where').textContent")
    assert "step 2 of" in tab.run("() => document.getElementById('announce').textContent")
    tab.page.keyboard.press("ArrowLeft")
    assert "step 1 of" in tab.run("() => document.querySelector('#step .where').textContent")
    tab.page.keyboard.press("t")
    check_numbers(tab, mazur_numbers({}, 1))
    tab.page.keyboard.press("Control+z")
    check_numbers(tab, mazur_numbers({}))
    tab.page.keyboard.press("Control+Shift+z")
    check_numbers(tab, mazur_numbers({}, 1))
    for _ in range(60):
        tab.page.keyboard.press("Tab")
        if tab.run("() => document.activeElement.dataset.s") == "a_o2":
            break
    assert tab.run("() => document.querySelector('#picture .row.selected').dataset.s") == "a_o2"
    assert "a_o2" in tab.run("() => document.getElementById('announce').textContent")
    assert "gradient" in tab.run("() => document.activeElement.querySelector('title').textContent")


def test_undo_redo_reset(opened, mazur_page):
    """A moved slider is one thing to undo, however far it moved; reset brings back the beginning."""
    tab = opened(mazur_page)
    slider = tab.page.locator("#panel input[type=range]")
    slider.focus()
    for _ in range(5):
        slider.press("ArrowRight")
    moved = float(slider.input_value())
    assert moved > 0.15
    tab.page.click("#undo")
    check_numbers(tab, mazur_numbers({}))
    tab.page.click("#redo")
    assert tab.run("() => Number(document.querySelector('[data-q=w1]').dataset.x)") != 0.15
    tab.page.click("#train10")
    tab.page.click("#reset")
    check_numbers(tab, mazur_numbers({}))
    assert tab.page.is_disabled("#redo")


def test_the_address_keeps_the_state(opened, mazur_page):
    """A page opened at the address of another shows the same; what makes no sense in an address is left out."""
    tab = opened(mazur_page)
    tab.set("w1", -0.123456789)
    tab.set(":rate", 0.25)
    tab.page.click("#train10")
    tab.page.click("#next")
    tab.select("b2")
    tab.page.wait_for_timeout(400)
    address = tab.run("location.hash")
    other = opened(mazur_page, address=address)
    expected = mazur_numbers({"w1": -0.123456789}, 10, 0.25)
    assert {"w1", "∂w1", "E_total"} <= check_numbers(other, expected)
    assert other.run("() => document.querySelector('#panel h2 math').textContent") == "b2"
    assert not other.run("() => document.getElementById('step').hidden")
    damaged = "#v4=Infinity&v99=3&rate=-1&epochs=-3&step=9999&q=77&sample=8&v5=abc&<b>=1&d0.99=3"
    check_numbers(opened(mazur_page, address=damaged), mazur_numbers({}))


def test_training(opened, mazur_page):
    """Updates one and many, back and forth; curves, linear and logarithmic; the last update, before and after."""
    tab = opened(mazur_page)
    tab.page.click("#train1000")
    check_numbers(tab, mazur_numbers({}, 1000))
    before = mazur_numbers({}, 999)
    expected = {f"before {w}": before[w] for w in ("w1", "w8")} | {f"slope {w}": before[f"∂{w}"] for w in ("w1", "w8")}
    expected |= {f"Δ{w}": -0.5 * before[f"∂{w}"] for w in ("w1", "w8")}
    expected |= {f"after {w}": before[f"{w}⁺"] for w in ("w1", "w8")}
    assert check_numbers(tab, expected) == expected.keys()
    tab.run("""() => { const scrub = document.getElementById("epoch"); scrub.value = 7;
        scrub.dispatchEvent(new Event("input", { bubbles: true })); }""")
    check_numbers(tab, mazur_numbers({}, 7))
    tab.page.click("#log")
    box = tab.page.locator("#losses svg").bounding_box()
    tab.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 60)
    readout = tab.run("() => document.querySelector('#losses .readout').textContent")
    epoch = int(re.match(r"after ([\d,]+) epochs:", readout)[1].replace(",", ""))
    assert 300 < epoch < 700
    assert readout.endswith(f"E_total {number(mazur_numbers({}, epoch)['E_total'])}")
    tab.page.click("#trainplay")
    tab.page.wait_for_timeout(300)
    tab.page.click("#trainplay")
    assert int(tab.run("() => document.querySelector('[data-q=\":epoch\"]').dataset.x")) > 7


def test_several_samples(opened, xor_page):
    """One sample is shown, the mean loss of all beside it, and training follows the mean."""
    tab = opened(xor_page)
    net = xor_network()
    for updates in (0, 11):
        if updates:
            tab.page.click("#train1")
            tab.page.click("#train10")
            train(net, XOR, lr=1.0, epochs=updates, progress=False)
        for k, (inputs, targets) in enumerate(XOR):
            tab.page.select_option("#sample", str(k))
            root = half_squared_error(net(inputs), targets)
            for w in net.parameters():
                w.grad = None
            root.backward()
            expected = {w.label: w.data for w in net.parameters()} | {f"∂{w.label}": w.grad for w in net.parameters()}
            expected |= {"E_total": root.data, ":mean": data_loss(net, XOR).data}
            assert {"E_total", ":mean", "∂w1"} <= check_numbers(tab, expected)


def test_a_graph(opened, folder):
    """A graph of operations is live too: each node with its value, gradient, formula and paths."""

    def build(a, b):
        c = a * b
        c.label = "c"
        return tanh(c + a) * c / (b * b + 2.0) - a

    made = build(Value(0.7, "a"), Value(-1.3, "b"))
    tab = opened(page(made).save(folder / "graph.html"))
    rng = random.Random(1)
    for _ in range(6):
        a, b = round(rng.uniform(-2, 2), 3), round(rng.uniform(-2, 2), 3)
        tab.set("a", a)
        tab.set("b", b)
        model = of_graph(build(Value(a, "a"), Value(b, "b")), title="").model
        seen = check_numbers(tab, model.numbers())
        assert {q.key for q in model.quantities} <= seen
    for _ in range(12):
        tab.page.click("#next")
    for q in model.quantities:
        tab.select(q.key)


def test_hostile_names(opened, folder):
    """Labels that would be markup, code or other keys stay text everywhere, and everything works."""
    net = Network([2, 2, 2], seed=1)
    for w, label in zip(net.parameters(), HOSTILE, strict=False):
        w.label = label
    tab = opened(page(net, ([0.5, 0.1], [0.0, 1.0]), title=HOSTILE[0]).save(folder / "hostile.html"))
    tab.run(
        """() => { for (const row of document.querySelectorAll("#picture .row"))
            row.dispatchEvent(new MouseEvent("click", { bubbles: true })); }"""
    )
    for _ in range(12):
        tab.page.click("#next")
    tab.unfold("#program")
    assert tab.run("() => document.querySelectorAll('img, main script').length") == 0
    text = tab.run("() => document.getElementById('program').textContent")
    assert all(label in text for label in HOSTILE)
    y = Value(1.0, HOSTILE[1]) * Value(2.0, HOSTILE[2])
    y.label = HOSTILE[0]
    opened(page(y).save(folder / "hostile2.html"))


def test_in_a_notebook(browser, folder):
    """In the frame of a notebook, which has no address of its own, the page is live all the same."""
    example = mazur()
    shown = page(example.network(), (example.inputs, example.targets))._repr_html_()
    (folder / "frame.html").write_text(f"<!DOCTYPE html><meta charset='utf-8'><body>{shown}</body>", "utf-8")
    context = browser.new_context(viewport={"width": 900, "height": 900})
    tab = context.new_page()
    wrong = []
    tab.on("pageerror", lambda error: wrong.append(str(error)))
    tab.goto(f"file://{folder / 'frame.html'}")
    frame = tab.frame_locator("iframe")
    frame.locator("#train1").click()
    assert frame.locator("[data-q=':epoch']").text_content() == "1"
    frame.locator("#next").click()
    tab.wait_for_timeout(300)
    assert wrong == []
    context.close()


@pytest.mark.parametrize("width", [1088, 1100, 1280])
@pytest.mark.parametrize("name", ["mazur", "xor", "deep", "wide", "graph", "small"])
def test_the_picture_is_whole_beside_the_panel(opened, pages, name, width):
    """Where the panel stands beside the picture, no edge of the picture is cut."""
    tab = opened(pages[name], width=width)
    cut = "() => { const box = document.querySelector('.picture'); return box.scrollWidth - box.clientWidth; }"
    assert tab.run(cut) == 0


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize(
    ("name", "set_to"),
    [("mazur", {}), ("mazur", {"w5": -8.0, "w7": -1234.5}), ("deep", {"w7": -8.0, "i1": 1e-5}), ("wide", {})],
)
def test_a_long_line_breaks_at_its_signs(opened, pages, name, set_to, width):
    """No formula runs out of its box: it goes on in the next line, and each line after the first begins with a sign."""
    tab = opened(pages[name], width=width)
    for key, x in set_to.items():
        tab.set(key, x)
    found = tab.run(LINES)
    assert [one for one in found if one["hidden"] > 0] == []
    begins = [text for one in found for text in one["begins"]]
    assert set(begins) <= set("=+−⋅")
    assert begins or name != "wide"


LINES = """() => {
  const keys = [...new Set([...document.querySelectorAll("#picture .row")].map((one) => one.dataset.s))];
  const found = [];
  for (const key of keys) {
    const row = [...document.querySelectorAll("#picture .row")].find((one) => one.dataset.s === key);
    row.dispatchEvent(new MouseEvent("click", { bubbles: true }));
    for (const box of document.querySelectorAll("#panel .worked")) {
      const begins = [];
      for (const line of box.querySelectorAll("math")) {
        let right = -Infinity;
        for (const part of line.querySelectorAll("math > mrow > mrow > mrow")) {
          const place = part.getBoundingClientRect();
          if (place.left < right - 1) begins.push(part.textContent[0]);
          right = place.right;
        }
      }
      found.push({ key, hidden: box.scrollWidth - box.clientWidth, begins });
    }
  }
  return found;
}"""


@pytest.mark.parametrize("scheme", SCHEMES)
def test_contrast(opened, mazur_page, scheme):
    """Text has a contrast of 4.5 at least to what is behind it, in both themes, in the page and in the picture."""
    tab = opened(mazur_page, scheme=scheme)
    found = tab.run(CONTRAST)
    assert [one for one in found if one[1] < 4.5] == []
    assert len(found) > 150


CONTRAST = """() => {
  const parse = (text) => (text.match(/[\\d.]+/g) ?? []).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((x) => x / 255)
    .map((x) => (x <= 0.04045 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4))
    .reduce((sum, x, k) => sum + x * [0.2126, 0.7152, 0.0722][k], 0);
  const behind = (element) => {
    const row = element.closest("#picture .row, #picture .box");
    if (row) {
      const lit = row.querySelector(".lit");
      const fill = lit && getComputedStyle(lit).fill !== "none" ? lit : row.closest(".box").querySelector(".frame");
      return parse(getComputedStyle(fill).fill);
    }
    for (let one = element; one; one = one.parentElement) {
      const color = parse(getComputedStyle(one).backgroundColor);
      if (color.length === 3 || color[3] > 0) return color;
    }
    return [255, 255, 255];
  };
  const found = [];
  for (const element of document.querySelectorAll("body *")) {
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
    const style = getComputedStyle(element);
    if (!own || !element.getClientRects().length || element.closest(":disabled, script, template, .heard")) continue;
    const color = parse(element.closest("svg") ? style.fill : style.color);
    const [a, b] = [light(color), light(behind(element))];
    found.push([`${element.tagName}.${element.getAttribute("class")} ${element.textContent.slice(0, 20)}`,
      (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)]);
  }
  return found;
}"""
