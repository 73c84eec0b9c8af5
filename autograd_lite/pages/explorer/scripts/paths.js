// The chain rule: every path from the result to what is selected, its factors multiplied, the products added.

import { full, shown, signed } from "./numbers.js";

/** So many paths are listed, so many are followed at most. */
const LISTED = 6;
const FOLLOWED = 20_000;
const SVG = "http://www.w3.org/2000/svg";

/**
 * @typedef {{edges: import("./model.js").Edge[], product: number}} Path
 */

/**
 * The paths from the result to a quantity, the largest products first, and the number of all.
 * @param {import("./model.js").Model} model
 * @param {string} goal
 * @param {Map<string, number>} numbers
 * @returns {{paths: Path[], count: number}}
 */
export function pathsTo(model, goal, numbers) {
  const counts = new Map();
  const count = (/** @type {string} */ key) => {
    if (key === goal) return 1;
    if (!counts.has(key)) {
      counts.set(key, 0);
      counts.set(key, (model.below.get(key) ?? []).reduce((sum, edge) => sum + count(edge.wrt), 0));
    }
    return counts.get(key);
  };
  const total = count(model.result.key);
  /** @type {Path[]} */ const found = [];
  const follow = (/** @type {string} */ key, /** @type {any[]} */ edges, /** @type {number} */ product) => {
    if (found.length >= FOLLOWED) return;
    if (key === goal) {
      found.push({ edges: [...edges], product });
      return;
    }
    for (const edge of model.below.get(key) ?? []) {
      if (!count(edge.wrt)) continue;
      edges.push(edge);
      const slope = numbers.get(`∂${edge.of}/∂${edge.wrt}`);
      follow(edge.wrt, edges, edges.length === 1 ? slope : product * slope);
      edges.pop();
    }
  };
  follow(model.result.key, [], 1);
  return { paths: found, count: total };
}

/** The numbers of the paths that are listed: the largest ones, in their order. @param {Path[]} paths */
function largest(paths) {
  const order = paths.map((path, k) => ({ k, size: Math.abs(path.product) }));
  if (paths.length > LISTED) order.sort((a, b) => b.size - a.size);
  return order.slice(0, LISTED).map((one) => one.k).sort((a, b) => a - b);
}

/** @param {string} name @param {Record<string, string>} [attributes] @param {(Node | string)[]} children */
function made(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

export class Paths {
  /**
   * @param {import("./state.js").State} state
   * @param {import("./binder.js").Binder} binder
   * @param {import("./templates.js").Templates} templates
   */
  constructor(state, binder, templates) {
    this.state = state;
    this.binder = binder;
    this.templates = templates;
    this.box = document.getElementById("paths");
    this.overlay = document.getElementById("overlay");
    this.key = "";
  }

  /** Show the paths to what is selected; the table is made anew only if that is another. */
  update() {
    const { model, selected } = this.state;
    const { paths, count } = pathsTo(model, selected, this.binder.numbers);
    // Which paths are listed stays while numbers change, so that a table does not jump under a slider.
    if (this.key !== selected) {
      this.key = selected;
      this.listed = selected === model.result.key ? [] : largest(paths);
      this.build(paths, count);
    }
    const products = this.box.querySelectorAll("[data-product]");
    products.forEach((element) => {
      const x = paths[Number(element.getAttribute("data-product"))].product;
      this.write(element, x);
    });
    const rest = this.box.querySelector("[data-rest]");
    const gradient = this.binder.numbers.get(`∂${selected}`);
    const sum = this.listed.reduce((total, k) => total + paths[k].product, 0);
    if (rest) this.write(rest, gradient - sum);
  }

  /** @param {Element} element @param {number} x */
  write(element, x) {
    element.textContent = signed(x);
    element.setAttribute("title", full(x));
    element.setAttribute("data-x", full(x));
    element.classList.toggle("raises", x > 0);
    element.classList.toggle("lowers", x < 0);
  }

  /** @param {Path[]} paths @param {number} count */
  build(paths, count) {
    const { model, selected } = this.state;
    const result = model.result.name;
    const name = model.byKey.get(selected).name;
    this.box.replaceChildren();
    this.trace(this.listed.map((k) => paths[k]));
    if (selected === model.result.key) {
      this.box.append(made("p", {}, `Everything else is compared with ${result}: pick a weight to see along which paths it moves ${result}.`));
      this.binder.bind(this.box);
      return;
    }
    if (!count) {
      this.box.append(made("p", {}, `No path leads from ${name} to ${result}: its gradient is 0.`));
      this.binder.bind(this.box);
      return;
    }
    const ways = count === 1 ? "one path" : `${shownCount(count)} paths`;
    const rule = count === 1 ? "Its slopes multiply." : "Along each path the slopes multiply; then the paths add up.";
    this.box.append(made("h3", {}, `The chain rule: ${ways} from ${name} to ${result}`), made("p", {}, rule));
    const list = made("ol", { class: "paths" });
    this.listed.forEach((k, place) => list.append(this.line(paths[k], k, place)));
    if (count > this.listed.length) {
      const rest = made("output", { "data-rest": "1", class: "product" });
      list.append(made("li", { class: "rest" }, `${shownCount(count - this.listed.length)} more paths, together `, rest));
    }
    const total = made("output", { "data-q": `∂${selected}`, "data-as": "signed", class: "product" });
    const words = count === 1 ? "gradient " : "sum = gradient ";
    this.box.append(list, made("p", { class: "sum" }, made("span", {}, words), total));
    this.binder.bind(this.box);
    this.explain(paths);
  }

  /** Where each factor comes from, on demand. @param {Path[]} paths */
  explain(paths) {
    if (this.fold) this.binder.roots.delete(this.fold);
    const keys = new Set(this.listed.flatMap((k) => paths[k].edges.map((edge) => `∂${edge.of}/∂${edge.wrt}`)));
    if (![...keys].every((key) => this.templates.has(`local ${key}`))) return;
    const open = Boolean(this.fold?.open);
    const lines = [...keys].map((key) => {
      const line = made("div", { class: "worked", tabindex: "0", role: "group", "aria-label": "A factor" });
      line.append(this.templates.copy(`local ${key}`));
      return line;
    });
    /** @type {HTMLDetailsElement} */
    this.fold = /** @type {any} */ (made("details", {}, made("summary", {}, "Where each factor comes from"), ...lines));
    this.fold.open = open;
    this.fold.addEventListener("toggle", () => this.binder.update());
    this.box.append(this.fold);
    this.binder.bind(this.fold);
  }

  /** @param {Path} path @param {number} k @param {number} place */
  line(path, k, place) {
    const item = made("li", { class: `path path-${place}`, "data-path": String(place) });
    item.append(made("span", { class: "mark", "aria-hidden": "true" }));
    const stations = [this.state.model.result.key, ...path.edges.map((edge) => edge.wrt)];
    const names = stations.map((key) => this.state.model.byKey.get(key).name).join(" ← ");
    item.append(made("span", { class: "route" }, names));
    const factors = made("span", { class: "factors", role: "group", "aria-label": `Path ${place + 1}: ${names}` });
    path.edges.forEach((edge, at) => {
      if (at) factors.append(made("span", { class: "times" }, "×"));
      const key = `∂${edge.of}/∂${edge.wrt}`;
      const factor = made("span", { class: "factor" });
      factor.append(this.templates.copy(key));
      factors.append(factor);
    });
    factors.append(made("span", { class: "times" }, "="), made("output", { "data-product": String(k), class: "product" }));
    item.append(factors);
    item.addEventListener("pointerenter", () => this.alone(place));
    item.addEventListener("pointerleave", () => this.alone(-1));
    return item;
  }

  /** Draw paths over the picture, in place of those that are there. @param {Path[]} paths */
  trace(paths) {
    this.overlay.replaceChildren();
    document.querySelectorAll("#picture .on-path").forEach((row) => row.classList.remove("on-path"));
    paths.forEach((path, place) => this.draw(path, place, paths.length));
  }

  /** Draw the paths of what the pointer is over; those of what is selected for none. @param {string} key */
  preview(key) {
    const { model, selected } = this.state;
    const { paths } = pathsTo(model, key || selected, this.binder.numbers);
    const kept = key && key !== selected ? largest(paths) : this.listed;
    this.trace((key || selected) === model.result.key ? [] : kept.map((k) => paths[k]));
  }

  /** Draw a path beside those that share its lines. @param {Path} path @param {number} place @param {number} count */
  draw(path, place, count) {
    const shift = (place - (count - 1) / 2) * 4;
    const group = document.createElementNS(SVG, "g");
    group.setAttribute("class", `over path-${place}`);
    group.setAttribute("data-path", String(place));
    group.setAttribute("transform", `translate(0 ${shift})`);
    for (const edge of path.edges) {
      for (const key of [edge.of, edge.wrt]) {
        document.querySelectorAll("#picture .row").forEach((row) => {
          if (row.getAttribute("data-s") === key) row.classList.add("on-path");
        });
      }
      const d = this.state.model.data.routes[`∂${edge.of}/∂${edge.wrt}`];
      if (!d) continue;
      const line = document.createElementNS(SVG, "path");
      line.setAttribute("d", d);
      group.append(line);
    }
    this.overlay.append(group);
  }

  /** Show one of the paths alone, all again for -1. @param {number} place */
  alone(place) {
    for (const group of this.overlay.children) {
      group.classList.toggle("faded", place >= 0 && group.getAttribute("data-path") !== String(place));
    }
  }
}

/** @param {number} count */
function shownCount(count) {
  return count === 2 ? "two" : count === 3 ? "three" : count < 1e15 ? count.toLocaleString("en") : shown(count);
}
