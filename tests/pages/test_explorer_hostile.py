"""Labels that would be markup, code, keys of objects or pages of text, in the live page: they stay text."""

import unicodedata

import pytest
from browser import Tab, needs_browser
from hostile_labels import LABELS

from autograd_lite import Network, Value, page

pytestmark = needs_browser

MORE = {
    "prototype": "__proto__",
    "constructor": "constructor",
    "method": "toString",
    "key of ours": "∂w1",
    "number of ours": "#1",
    "rate of ours": ":rate",
    "address": "v1=3&q=2#step=4",
    "selector": '"] , * [data-s="',
    "template of JavaScript": "${alert(1)}`",
    "address that runs": "javascript:alert(1)",
    "10,000 characters": "long " * 2000,
    "one word of 10,000": "l" * 10_000,
}
HOSTILE = LABELS | MORE
SEEN = """() => {
  const all = [...document.querySelectorAll("*")];
  return {
    tags: [...new Set(all.map((one) => one.localName))],
    scripts: document.querySelectorAll("script").length,
    events: all.filter((one) => [...one.attributes].some((a) => a.name.startsWith("on"))).length,
    links: document.querySelectorAll("a[href]:not([href^='#'])").length,
    titles: [...document.querySelectorAll("title[data-t]")].map((one) => one.textContent),
    names: JSON.parse(document.getElementById("data").textContent).nodes.map((one) => one.name),
    text: document.body.innerText,
    width: document.scrollingElement.scrollWidth,
  };
}"""


def network(labels):
    """A network that has those labels, most on weights; with many weights it is drawn in lines."""
    size = max(2, len(labels) // 2)
    net = Network([2, size, 1], seed=1, biases="neuron")
    for w, label in zip(net.parameters(), labels, strict=False):
        w.label = label
    return net


def graph(labels):
    """A graph of which leaves and what is computed have those labels."""
    y = Value(0.5, "x")
    for k, label in enumerate(labels):
        y = y * 0.9 + Value(0.1 * k, label) if k % 2 else (y + 0.1).tanh()
        y.label = label + "'" * (k % 2)
    return y


def made(what, labels):
    if what == "graph":
        return page(graph(labels), title=labels[0])
    return page(network(labels), [([0.5, 0.1], [1.0]), ([0.2, 0.3], [0.0])], title=labels[-1])


@pytest.mark.parametrize("part", range(4))
@pytest.mark.parametrize("what", ["network", "graph"])
def test_labels_stay_text_in_the_page(browser, tmp_path, what, part):
    """Whatever is selected, pointed at, stepped to or trained: no element, event, dialog or error comes of a label."""
    labels = list(HOSTILE.values())[part::4]
    tab = Tab(browser, made(what, labels).save(tmp_path / "page.html"), width=390 if part % 2 else 1280)
    tab.unfold("details")
    count = tab.run("() => document.querySelectorAll('#picture [data-s]').length")
    tab.run(
        """(count) => {
          for (let k = 0; k < count; k++) {
            const row = document.querySelectorAll("#picture [data-s]")[k];
            row.dispatchEvent(new MouseEvent("pointerover", { bubbles: true }));
            row.dispatchEvent(new MouseEvent("click", { bubbles: true }));
          }
        }""",
        count,
    )
    for _ in range(3):
        tab.page.click("#next")
    if what == "network":
        tab.page.click("#train10")
    tab.page.wait_for_timeout(250)
    tab.page.reload()
    tab.page.wait_for_selector("body.live")
    seen = tab.run(SEEN)
    assert not {"img", "iframe", "object", "embed", "base", "link", "form"} & set(seen["tags"])
    assert (seen["scripts"], seen["events"], seen["links"]) == (2, 0, 0)
    assert len(seen["titles"]) >= len(labels)
    for title in seen["titles"]:
        assert any(title.startswith(f"{name}, ") for name in seen["names"]), title[:80]
    odd = {c for c in seen["text"] if unicodedata.category(c) in {"Cc", "Cs", "Zl", "Zp"} and c not in "\n\t"}
    assert odd == set()
    assert seen["width"] <= tab.page.viewport_size["width"]
    tab.close()
