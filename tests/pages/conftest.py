"""What the tests in a browser share: the browser, the pages that are tried, and pages in which nothing may go wrong."""

import pytest
from browser import Tab, saved_pages, started


@pytest.fixture(scope="module")
def browser():
    """A running browser."""
    with started() as one:
        yield one


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """The pages that are tried, as files, by name."""
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
