"""Pages opened in a headless Chromium that the system has: what they show, and what they do."""

import contextlib
import os
import shutil

import pytest

from autograd_lite import Network, Value, page, sigmoid, sin, tanh
from autograd_lite.examples import mazur
from autograd_lite.losses import mean_squared_error

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


def reason():
    """Why there is no browser here; empty if there is one."""
    try:
        import playwright.sync_api  # noqa: F401
    except ImportError:
        return "playwright is not installed"
    return "" if CHROMIUM else "there is no Chromium"


REQUIRED = os.environ.get("BROWSER_TESTS") == "required"
"""Whether to fail where there is no browser: `.ci/run` says so. Elsewhere these tests are skipped by name."""
needs_browser = [
    pytest.mark.browser,
    pytest.mark.skipif(bool(reason()) and not REQUIRED, reason=reason() or "there is a browser"),
]


@contextlib.contextmanager
def started():
    """Give a running browser."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


class Tab:
    """One page in a window of its own, which notes what a page must not do: requests, errors, dialogs."""

    def __init__(self, browser, path, *, width=1280, height=900, scheme="light", motion="reduce", address=""):
        self.context = browser.new_context(
            viewport={"width": width, "height": height}, color_scheme=scheme, reduced_motion=motion, offline=True
        )
        self.page = self.context.new_page()
        self.wrong = []
        self.page.on("console", lambda message: self.wrong.append(f"console {message.type}: {message.text}"))
        self.page.on("pageerror", lambda error: self.wrong.append(f"error: {error}"))
        self.page.on("dialog", lambda dialog: (self.wrong.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.requests = []
        self.page.goto(f"file://{path}{address}")
        self.page.wait_for_selector("body.live")

    def close(self):
        """Close it, and see that nothing went wrong."""
        self.context.close()
        assert self.wrong == []
        assert [url for url in self.requests if not url.startswith("file://")] == []
        assert len(self.requests) <= 2  # the page itself, and once more if it was opened again

    def run(self, code, *args):
        """Evaluate a function of JavaScript in the page."""
        return self.page.evaluate(code, *args)

    def numbers(self):
        """All numbers that the page shows: pairs of the key and the digits behind the text, and the text."""
        return self.run(
            """() => [...document.querySelectorAll("[data-q]")]
                .filter((one) => !one.closest("details:not([open])")).map((one) =>
                [one.dataset.q, one.dataset.x, one.textContent, one.dataset.as])"""
        )

    def set(self, key, value, kind="number"):
        """Give a number another value, as typing or moving its slider does."""
        self.run(
            """([key, value, kind]) => {
                const all = [...document.querySelectorAll(`table input[type=${kind}], .training input[type=${kind}]`)];
                const field = all.find((one) => one.dataset.leaf === key);
                field.value = value;
                field.dispatchEvent(new Event("input", { bubbles: true }));
                field.dispatchEvent(new Event("change", { bubbles: true }));
            }""",
            [key, repr(value), kind],
        )

    def unfold(self, place):
        """Open folded parts, and wait until the page has filled them: browsers tell pages of it a little later."""
        self.run(
            """(place) => Promise.all([...document.querySelectorAll(place)].filter((one) => !one.open).map((fold) => {
                const told = new Promise((done) => { fold.addEventListener("toggle", done, { once: true }); });
                fold.querySelector("summary").click();
                return told;
            }))""",
            place,
        )

    def select(self, key):
        """Click on a quantity in the picture."""
        self.run(
            """(key) => [...document.querySelectorAll("#picture [data-s]")].find((one) => one.dataset.s === key)
                .dispatchEvent(new MouseEvent("click", { bubbles: true }))""",
            key,
        )


def pages_to_try():
    """The pages that every test of all pages opens, by name: each makes a model and the rest of what `page` takes."""
    return dict(TRIED)


def _mazur():
    example = mazur()
    net = example.network()
    return (net, [(example.inputs, example.targets)]), {"parameters": net.weights, "title": example.title}


def _xor():
    net = Network([2, 3, 1], activation=["tanh", "sigmoid"], seed=3)
    data = [([0.0, 0.0], [0.0]), ([0.0, 1.0], [1.0]), ([1.0, 0.0], [1.0]), ([1.0, 1.0], [0.0])]
    return (net, data), {"lr": 1.0}


def _deep():
    net = Network([3, 2, 2, 2], activation=["tanh", "softplus", "sigmoid"], biases="neuron", seed=5)
    return (net, ([0.3, -0.7, 1.5], [0.2, 0.9])), {"lr": 0.1, "loss": mean_squared_error}


def _wide():
    return (Network([6, 8, 2], biases="neuron", seed=2), ([0.5, 0.1, -0.3, 0.8, -0.9, 0.2], [0.01, 0.99])), {"lr": 0.25}


def _graph():
    a, b = Value(0.7, "a"), Value(-1.3, "b")
    c = a * b
    c.label = "c"
    d = tanh(c + a)
    return (d * c / (b * b + 2.0) - a * d + 2.5 * sin(b),), {}


def _small():
    x = Value(3.0, "x")
    return (sigmoid(x * x * x + 2.0 * x) * x,), {"title": "A small graph"}


TRIED = {"mazur": _mazur, "xor": _xor, "deep": _deep, "wide": _wide, "graph": _graph, "small": _small}


def saved_pages(folder):
    """All those pages as files."""
    made = {name: make() for name, make in TRIED.items()}
    return {name: page(*args, **more).save(folder / f"{name}.html") for name, (args, more) in made.items()}
