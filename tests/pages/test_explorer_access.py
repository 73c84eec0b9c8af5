"""The live page for everybody: axe, every width, keyboard alone, pointer, reduced motion, paper."""

import pytest
from browser import needs_browser, pages_to_try

pytestmark = needs_browser

SIZES = [(390, 844), (1280, 900)]
SCHEMES = ["light", "dark"]
PAGES = list(pages_to_try())


def findings(tab):
    """What axe finds, with the elements, and what it is not sure of where that is contrast."""
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(tab.page).response
    return [
        (rule["id"], rule["impact"], [(node["html"][:160], node["failureSummary"][:300]) for node in rule["nodes"]][:4])
        for rule in found["violations"]
    ]


def unfold(tab):
    tab.unfold("details")


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("name", ["mazur", "xor", "graph"])
def test_axe(opened, pages, name, size, scheme):
    """Axe finds nothing: with everything unfolded in the middle of the steps, and after training."""
    tab = opened(pages[name], width=size[0], height=size[1], scheme=scheme)
    unfold(tab)
    count = tab.run("() => JSON.parse(document.getElementById('data').textContent).steps.length")
    for _ in range(min(count - 1, 12)):
        tab.page.click("#next")
    assert findings(tab) == []
    if tab.page.locator("#train10").count():
        tab.page.click("#train10")
        tab.page.click("#log")
    tab.page.click("#first")
    assert findings(tab) == []


@pytest.mark.parametrize("name", PAGES)
def test_nothing_scrolls_the_page_sideways(opened, pages, name):
    """At every width the page is as wide as the window, whatever is unfolded, selected or stepped to."""
    tab = opened(pages[name], width=360)
    unfold(tab)
    wide = "() => document.scrollingElement.scrollWidth"
    rows = tab.run("() => [...document.querySelectorAll('#picture .row')].map((row) => row.dataset.s)")
    for width in (360, 390, 768, 1280, 1600):
        tab.page.set_viewport_size({"width": width, "height": 900})
        tab.page.click("#first:enabled") if tab.page.is_enabled("#first") else None
        for key in rows[:: max(1, len(rows) // 5)]:
            tab.select(key)
            assert tab.run(wide) <= width, (width, key)
        for _ in range(3):
            tab.page.click("#next")
            assert tab.run(wide) <= width


# --- by keyboard alone -----------------------------------------------------------------------------------------------


def focus(tab, found):
    """Press tab until something has the focus; where the focus is must be seen."""
    for _ in range(400):
        tab.page.keyboard.press("Tab")
        if tab.run("(found) => document.activeElement.matches(found)", found):
            style = tab.run(
                """() => { const own = getComputedStyle(document.activeElement);
                  const lit = document.activeElement.querySelector(".lit, .wire");
                  return [own.outlineStyle, lit && getComputedStyle(lit).stroke]; }"""
            )
            assert style[0] not in {"none", "hidden"} or style[1] not in {None, "none"}
            return
    raise AssertionError(f"the tab key does not reach {found}")


def shown(tab, key):
    return next(float(digits) for one, digits, _, _ in tab.numbers() if one == key)


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_all_by_keyboard(opened, pages, size):
    """Every control is reached with the tab key, shows its focus, and does by keys what it does by pointer."""
    tab = opened(pages["xor"], width=size[0], height=size[1])
    press = tab.page.keyboard.press
    focus(tab, "#sample")
    press("ArrowDown")
    assert tab.run("() => document.getElementById('sample').value") == "1"
    focus(tab, "#next")
    press("Enter")
    press("Enter")
    assert "step 2 of" in tab.page.inner_text("#step .where")
    focus(tab, "#picture .row[data-s=w1]")
    assert tab.run("() => document.querySelector('#picture .selected').dataset.s") == "w1"
    before, w1 = shown(tab, "E_total"), shown(tab, "w1")
    focus(tab, "#train10")
    press(" ")
    assert shown(tab, ":epoch") == 10
    trained = shown(tab, "E_total")
    assert trained != before
    focus(tab, ".rate input[type=range]")
    press("ArrowLeft")
    assert shown(tab, ":epoch") == 0
    focus(tab, ".rate input[type=number]")
    press("Control+a")
    tab.page.keyboard.type("0.25")
    focus(tab, "#log")
    press(" ")
    assert tab.run("() => document.getElementById('log').ariaPressed") == "true"
    focus(tab, "#picture .row[data-s=w1]")
    press("Enter")
    assert tab.run("() => document.activeElement.matches('#panel input[type=number]')")
    press("Shift+Tab")
    first = shown(tab, "w1")
    press("ArrowRight")
    assert shown(tab, "w1") > first
    press("Tab")
    press("Control+a")
    tab.page.keyboard.type("-0.5")
    assert shown(tab, "w1") == -0.5
    focus(tab, "#undo")
    press("Enter")
    assert shown(tab, "w1") != -0.5
    focus(tab, "#redo")
    press("Enter")
    assert shown(tab, "w1") == -0.5
    focus(tab, "#program > summary")
    press("Enter")
    tab.page.wait_for_selector("[data-go='4']")
    focus(tab, "[data-go='4']")
    press("Enter")
    assert "step 5 of" in tab.page.inner_text("#step .where")
    focus(tab, "#reset")
    press("Enter")
    assert tab.run("() => document.getElementById('sample').value") == "0"
    assert (shown(tab, "w1"), shown(tab, ":epoch")) == (w1, 0.0)
    assert tab.page.input_value(".rate input[type=number]") == "1"


def test_keys_of_the_page(opened, pages):
    """Arrows step, space plays and pauses, t trains; letters typed into a field are only that; all is announced."""
    tab = opened(pages["mazur"])
    press = tab.page.keyboard.press
    press("ArrowRight")
    press(" ")
    assert tab.run("() => document.getElementById('play').ariaPressed") == "true"
    press(" ")
    assert tab.run("() => document.getElementById('play').ariaPressed") == "false"
    assert "step 2 of" in tab.page.inner_text("#step .where")
    assert "step 2 of" in tab.run("() => document.getElementById('announce').textContent")
    tab.page.focus(".rate input[type=number]")
    press("t")
    press("ArrowRight")
    assert shown(tab, ":epoch") == 0
    assert "step 2 of" in tab.page.inner_text("#step .where")
    tab.page.evaluate("() => document.activeElement.blur()")
    press("t")
    assert shown(tab, ":epoch") == 1


# --- pointer, motion, paper ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("key", ["w1", "a_h1", "E_total", "i1"])
def test_pointer(opened, pages, size, key):
    """What is under the pointer is marked wherever it stands; a click shows its formula, numbers, result and paths."""
    tab = opened(pages["mazur"], width=size[0], height=size[1])
    row = tab.page.locator(f"#picture .row[data-s={key}]")
    row.hover()
    assert key in tab.run("() => [...document.querySelectorAll('#picture .hovered')].map((one) => one.dataset.s)")
    row.click()
    assert tab.page.locator("#picture .row.selected").get_attribute("data-s") == key
    formulas = tab.page.locator("#panel [data-use]").count()
    assert formulas == {"w1": 1, "a_h1": 2, "E_total": 1, "i1": 1}[key]
    assert tab.page.locator("#panel [data-use]").first.locator("> math").count() in {2, 3}
    assert tab.page.locator("#paths .path").count() == {"w1": 2, "a_h1": 2, "E_total": 0, "i1": 4}[key]
    if key != "E_total":
        item = tab.page.locator("#paths .path").first
        item.hover()
        assert tab.page.locator("#overlay .over:not(.faded)").count() == 1
        tab.page.mouse.move(0, 0)
        assert tab.page.locator("#overlay .over.faded").count() == 0


@pytest.mark.parametrize("motion", ["reduce", "no-preference"])
def test_motion(opened, pages, motion):
    """Nothing moves by itself for those who asked for that; for others what lights up fades in."""
    tab = opened(pages["mazur"], motion=motion)
    moving = tab.run(
        """() => [...document.querySelectorAll("body *")].filter((one) => {
          const style = getComputedStyle(one);
          return style.animationName !== "none" || parseFloat(style.transitionDuration) > 0;
        }).length"""
    )
    assert bool(moving) == (motion == "no-preference")
    assert tab.run("() => getComputedStyle(document.documentElement).scrollBehavior") == "auto"


CUT = """() => [...document.querySelectorAll("body *")].filter((one) => {
  const style = getComputedStyle(one);
  if (one.closest(".heard, template, script, svg, math, input, select") || !one.getClientRects().length) return false;
  const [x, y] = [one.scrollWidth - one.clientWidth, one.scrollHeight - one.clientHeight];
  return (style.overflowX !== "visible" && x > 1) || (style.overflowY !== "visible" && y > 1);
}).map((one) => `${one.localName}.${one.className} ${one.scrollWidth - one.clientWidth}`)"""


@pytest.mark.parametrize("name", PAGES)
def test_paper(opened, pages, name, tmp_path):
    """On paper everything is unfolded, nothing is cut off or wider than the sheet, buttons are left out."""
    tab = opened(pages[name], width=718, height=1000, scheme="dark")  # A4 less its margins
    tab.page.emulate_media(media="print")
    tab.run("() => window.dispatchEvent(new Event('beforeprint'))")
    tab.page.wait_for_timeout(100)
    assert tab.run("() => [...document.querySelectorAll('details')].every((one) => one.open)")
    assert tab.run(CUT) == []
    assert tab.run("() => document.scrollingElement.scrollWidth") <= 718
    assert tab.page.locator("button:visible:not(td button)").count() == 0
    assert tab.run("() => getComputedStyle(document.body).color") == "rgb(0, 0, 0)"
    assert tab.run("() => document.querySelectorAll('#program .math:empty').length") == 0
    assert len(tab.page.pdf(format="A4")) > 20_000


@pytest.mark.parametrize("width", [1088, 1100, 1280, 1600])
def test_the_picture_is_seen_whole_beside_the_panel(opened, pages, width):
    """Beside the panel a picture with a box for every weight is never cut at its right edge."""
    tab = opened(pages["xor"], width=width)
    box = "() => { const one = document.querySelector('.picture'); return one.scrollWidth - one.clientWidth; }"
    assert tab.run(box) <= 0
