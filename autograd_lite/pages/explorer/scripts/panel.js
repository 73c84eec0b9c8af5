// The panel on what is selected: its formulas, its field, and what a little nudge does.

import { full, shown, signed } from "./numbers.js";

export class Panel {
  /**
   * @param {import("./state.js").State} state
   * @param {import("./binder.js").Binder} binder
   * @param {import("./templates.js").Templates} templates
   */
  constructor(state, binder, templates) {
    this.state = state;
    this.binder = binder;
    this.templates = templates;
    this.box = document.getElementById("panel");
    this.nudge = document.getElementById("nudge");
    this.key = "";
  }

  update() {
    const { selected, model } = this.state;
    if (this.key !== selected) {
      this.key = selected;
      this.box.replaceChildren(this.templates.copy(`panel ${selected}`));
      this.binder.bind(this.box);
      this.reveal();
      const q = model.byKey.get(selected);
      this.announce(`${q.name}, ${shown(this.binder.numbers.get(selected))}, gradient ${signed(this.binder.numbers.get(`∂${selected}`))}`);
    }
    this.show();
  }

  /** Scroll the picture, not the page, so that what is selected is in sight. */
  reveal() {
    const row = [...document.querySelectorAll("#picture [data-s]")].find((one) => one.getAttribute("data-s") === this.key);
    const box = document.querySelector(".picture");
    if (!row) return;
    const [inner, outer] = [row.getBoundingClientRect(), box.getBoundingClientRect()];
    if (inner.left < outer.left || inner.right > outer.right) {
      box.scrollLeft += inner.left + inner.width / 2 - outer.left - outer.width / 2;
    }
    if (inner.top < outer.top || inner.bottom > outer.bottom) {
      box.scrollTop += inner.top + inner.height / 2 - outer.top - outer.height / 2;
    }
  }

  /** The slope as rise over run: what a small change of a given number really does. */
  show() {
    const { model, selected } = this.state;
    const q = model.byKey.get(selected);
    this.nudge.hidden = q.leaf < 0;
    if (q.leaf < 0) return;
    const run = 0.01;
    const leaves = this.state.now();
    const before = model.value(model.result.value, model.run(leaves));
    leaves[q.leaf] += run;
    const rise = model.value(model.result.value, model.run(leaves)) - before;
    const slope = document.createElement("strong");
    slope.textContent = signed(rise / run);
    slope.title = full(rise / run);
    this.nudge.replaceChildren(
      `Try it: ${q.name} + 0.01 moves ${model.result.name} by ${signed(rise)}. Rise over run: `, slope,
      " — as good as the gradient, which is the slope for ever smaller steps.",
    );
  }

  /** Say something to those who do not see it. @param {string} words */
  announce(words) {
    const box = document.getElementById("announce");
    if (box.textContent !== words) box.textContent = words;
  }
}
