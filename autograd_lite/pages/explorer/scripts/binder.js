// Everything that is marked in the page follows the state: text, fields, widths of lines, what is lit.

import { full, WAYS } from "./numbers.js";

export class Binder {
  /** @param {import("./state.js").State} state */
  constructor(state) {
    this.state = state;
    /** @type {Map<string, number>} every number that is shown, by key */ this.numbers = new Map();
    /** @type {Map<Element, any>} */ this.roots = new Map();
    /** @type {WeakMap<Element, number>} what an element shows already */ this.last = new WeakMap();
  }

  /**
   * Bind what is marked under an element, now and until it is bound anew; not what is inside of parts that fold, which
   * are bound by themselves, and followed while they are open.
   * @param {Element} root
   */
  bind(root) {
    const own = (/** @type {Element} */ one) => one.closest("details") === root || !one.closest("details");
    const list = (/** @type {string} */ what) => [...root.querySelectorAll(`[data-${what}]`)].filter(own);
    this.roots.set(root, {
      texts: list("q"), titles: list("t"), lines: list("w"), fields: list("leaf"), selectable: list("s"),
    });
    this.fill(root);
    this.light(root);
  }

  /** Compute all numbers anew and show them. */
  update() {
    this.compute();
    for (const root of this.roots.keys()) {
      if (root instanceof HTMLDetailsElement && !root.open) continue;
      this.fill(root);
      this.light(root);
    }
  }

  compute() {
    const { state, numbers } = this;
    const { model } = state;
    const found = model.run(state.now());
    for (const q of model.nodes) {
      numbers.set(q.key, model.value(q.value, found));
      numbers.set(`∂${q.key}`, model.value(q.gradient, found));
    }
    for (const edge of model.edges) numbers.set(`∂${edge.of}/∂${edge.wrt}`, model.value(edge.local, found));
    const { epoch, rate, history, slopes } = state;
    const before = Math.max(0, epoch - 1);
    model.trained.forEach((q, i) => {
      const slope = slopes[epoch][i];
      numbers.set(`mean ∂${q.key}`, slope);
      numbers.set(`${q.key}⁺`, history[epoch][i] - rate * slope);
      numbers.set(`before ${q.key}`, history[before][i]);
      numbers.set(`slope ${q.key}`, slopes[before][i]);
      numbers.set(`Δ${q.key}`, -rate * slopes[before][i]);
      numbers.set(`after ${q.key}`, history[before][i] - rate * slopes[before][i]);
    });
    numbers.set(":rate", rate);
    numbers.set(":epoch", epoch);
    numbers.set(":mean", state.losses[epoch]);
    this.largest = Math.max(1e-300, ...model.nodes.filter((q) => q.kind === "weight").map((q) => {
      const x = Math.abs(numbers.get(q.key));
      return Number.isFinite(x) ? x : 0;
    }));
  }

  /** @param {Element} root */
  fill(root) {
    const { texts, titles, lines, fields } = this.roots.get(root);
    for (const element of texts) this.text(element);
    for (const element of titles) {
      const key = element.dataset.t;
      const q = this.state.model.byKey.get(key);
      const slope = this.numbers.get(`∂${key}`);
      element.textContent = `${q.name}, ${q.kind}: ${full(this.numbers.get(key))}, gradient ${full(slope)}`;
    }
    for (const element of lines) {
      const x = this.numbers.get(element.dataset.w);
      const size = Number.isFinite(x) ? Math.abs(x) / this.largest : 1;
      element.setAttribute("stroke-width", (0.7 + 2.6 * size).toFixed(2));
      element.classList.toggle("negative", x < 0);
    }
    for (const element of fields) this.field(element);
  }

  /** @param {any} element */
  text(element) {
    const x = this.numbers.get(element.dataset.q);
    if (x === undefined || Object.is(this.last.get(element), x)) return;
    this.last.set(element, x);
    const exact = full(x);
    element.dataset.x = exact;
    element.textContent = WAYS[element.dataset.as || "value"](x);
    if (element instanceof HTMLElement) element.title = exact;
    if (element.dataset.as === "signed") {
      element.classList.toggle("raises", x > 0);
      element.classList.toggle("lowers", x < 0);
    }
  }

  /** @param {HTMLInputElement} element */
  field(element) {
    const x = this.state.get(element.dataset.leaf);
    if (element.type === "range") {
      if (x > Number(element.max)) element.max = String(x);
      if (x < Number(element.min)) element.min = String(x);
    } else if (document.activeElement === element && Number(element.value) === x && element.value !== "") {
      return; // what is being typed is not rewritten
    }
    element.value = full(x);
  }

  /** Light everything that is about what is selected. @param {Element} root */
  light(root) {
    const { selected } = this.state;
    const bound = this.roots.get(root);
    if (bound.lit === selected) return;
    bound.lit = selected;
    for (const element of bound.selectable) {
      const key = element.dataset.s;
      const on = key === selected || key === `∂${selected}`;
      element.classList.toggle("selected", on);
      if (element.hasAttribute("role")) element.setAttribute("aria-pressed", String(on));
    }
  }
}
