"""The live page in a browser: its size, first paint, and what a move of a slider takes.

    python -m benchmarks.pages                (half a minute; needs the extra "browser", and Chromium on the PATH)

For a move the page is given another number by a slider of what is selected first, a weight, 40 times. The time is that
from the event until everything has followed and is laid out. What it is meant to be is said below the table.
"""

import shutil
import statistics
import tempfile
from pathlib import Path
from typing import Any

from autograd_lite import Network, page
from autograd_lite.examples import mazur
from benchmarks.replay import machine

MOVES = """async () => {
  const slider = [...document.querySelectorAll("input[type=range]")].find((x) => x.id !== "epoch" && x.offsetParent);
  const shown = () => document.getElementById("picture").textContent;
  const times = [];
  const before = shown();
  for (let k = 0; k < 40; k += 1) {
    const began = performance.now();
    slider.value = String(Number(slider.min) + (Number(slider.max) - Number(slider.min)) * (0.3 + 0.01 * k));
    slider.dispatchEvent(new Event("input", { bubbles: true }));
    document.body.getBoundingClientRect();
    times.push(performance.now() - began);
    await new Promise(requestAnimationFrame);
  }
  if (shown() === before) throw new Error("the picture has not followed");
  return times;
}"""
PAINT = "() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? NaN"


def _mazur() -> Any:
    example = mazur()
    return page(example.network(), [(example.inputs, example.targets)])


PAGES = {
    "Mazur, 2-2-2": _mazur,
    "2-16-16-1, 337 parameters": lambda: page(Network([2, 16, 16, 1], seed=1), ([0.5, -0.3], [0.7])),
    "2-20-19-1, 479 parameters": lambda: page(Network([2, 20, 19, 1], seed=1), ([0.5, -0.3], [0.7])),
}


def main() -> None:
    """Measure each page, and print a table."""
    from playwright.sync_api import sync_playwright

    print(", ".join(machine().values()))
    print(f"{'':28}{'size, kB':>10}{'first paint, ms':>18}{'a move, ms: median':>20}{'worst':>8}")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        for name, made in PAGES.items():
            path = Path(folder) / "page.html"
            made().save(path)
            paints, moves = [], []
            for _ in range(5):
                tab = browser.new_page(viewport={"width": 1280, "height": 900})
                tab.goto(path.as_uri())
                tab.wait_for_selector("body.live")
                tab.wait_for_function(f"() => !Number.isNaN(({PAINT})())")
                paints.append(tab.evaluate(PAINT))
                moves += tab.evaluate(MOVES)[3:]
                tab.close()
            size = path.stat().st_size / 1000
            middle = statistics.median(moves)
            print(f"{name:28}{size:10.0f}{statistics.median(paints):18.0f}{middle:20.1f}{max(moves):8.1f}")
        browser.close()
    print("Meant: under 1,000 kB for Mazur; first paint under 300 ms; a move under 16 ms.")


if __name__ == "__main__":
    main()
