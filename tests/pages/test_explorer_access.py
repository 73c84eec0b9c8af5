"""The live page for everybody: axe, every width, keyboard alone, reduced motion, paper, and from disk without a network."""

import pytest
from browser import Tab, needs_browser, pages_to_try, saved_pages, started

pytestmark = needs_browser

SIZES = [(390, 844), (1280, 900)]
SCHEMES = ["light", "dark"]
PAGES = list(pages_to_try())


@pytest.fixture(scope="module")
def browser():
    with started() as one:
        yield one


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    return saved_pages(tmp_path_factory.mktemp("pages"))


@pytest.fixture
def opened(browser):
    """Open pages; at the end nothing must have gone wrong in any of them."""
    tabs = []

    def open_(path, **options):
        tabs.append(Tab(browser, path, **options))
        return tabs[-1]

    yield open_
    for tab in tabs:
        tab.close()


def findings(tab):
    """What axe finds, with the elements, and what it is not sure of where that is contrast."""
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(tab.page).response
    return [
        (rule["id"], rule["impact"], [(node["html"][:160], node["failureSummary"][:300]) for node in rule["nodes"]][:4])
        for rule in found["violations"]
    ]


def unfold(tab):
    tab.run("() => document.querySelectorAll('details').forEach((one) => { one.open = true; })")


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("name", PAGES)
def test_axe(opened, pages, name, size, scheme):
    """Axe finds nothing: as the page opens, with everything unfolded in the middle of the steps, and after training."""
    tab = opened(pages[name], width=size[0], height=size[1], scheme=scheme)
    assert findings(tab) == []
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


@pytest.mark.parametrize("width", [360, 390, 1280, 1600])
@pytest.mark.parametrize("name", PAGES)
def test_nothing_scrolls_the_page_sideways(opened, pages, name, width):
    """At every width the page is as wide as the window, whatever is unfolded, selected or stepped to."""
    tab = opened(pages[name], width=width)
    unfold(tab)
    wide = "() => document.scrollingElement.scrollWidth"
    assert tab.run(wide) <= width
    rows = tab.run("() => [...document.querySelectorAll('#picture .row')].map((row) => row.dataset.s)")
    for key in rows[:: max(1, len(rows) // 8)]:
        tab.select(key)
        assert tab.run(wide) <= width, key
    for _ in range(6):
        tab.page.click("#next")
        assert tab.run(wide) <= width
