// Curves over epochs, as a small SVG, with the values under the pointer.

import { full, shown } from "./numbers.js";

const SPACE = "http://www.w3.org/2000/svg";
const WIDTH = 420;
const HEIGHT = 190;
const LEFT = 62;
const RIGHT = 12;
const TOP = 10;
const BOTTOM = 26;
const POINTS = 400;

/** @param {string} name @param {Record<string, string | number>} attributes @param {string} [text] */
function svg(name, attributes, text = "") {
  const element = document.createElementNS(SPACE, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
  element.textContent = text;
  return element;
}

/** Round numbers between two, about so many. @param {number} low @param {number} high @param {number} count */
function ticks(low, high, count) {
  const raw = (high - low) / count || 1;
  const scale = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((x) => x * scale).find((x) => x >= raw * 0.999);
  const found = [];
  for (let x = Math.ceil(low / step) * step; x <= high + step * 1e-9; x += step) found.push(Math.abs(x) < step / 1e6 ? 0 : x);
  return found;
}

export class Chart {
  /**
   * @param {HTMLElement} box
   * @param {string} label what is shown, in words
   * @param {(epoch: number) => void} visit
   */
  constructor(box, label, visit) {
    this.box = box;
    this.label = label;
    this.log = false;
    this.readout = document.createElement("p");
    this.readout.className = "readout";
    this.svg = svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img" });
    box.append(this.svg, this.readout);
    const at = (/** @type {PointerEvent} */ event) => {
      const frame = this.svg.getBoundingClientRect();
      const x = ((event.clientX - frame.left) / frame.width) * WIDTH;
      return Math.max(0, Math.min(this.last, Math.round(((x - LEFT) / (WIDTH - LEFT - RIGHT)) * this.last)));
    };
    this.svg.addEventListener("pointermove", (event) => this.point(at(event)));
    this.svg.addEventListener("pointerleave", () => this.point(this.current));
    this.svg.addEventListener("click", (event) => visit(at(/** @type {PointerEvent} */ (event))));
  }

  /**
   * @param {{name: string, value: (epoch: number) => number}[]} curves
   * @param {number} last epoch
   * @param {number} current epoch
   * @param {string} selected the name of the curve that is lit
   */
  draw(curves, last, current, selected = "") {
    this.curves = curves;
    this.last = Math.max(1, last);
    this.current = current;
    this.known = last;
    /** @type {number[]} */ const epochs = [];
    const stride = Math.max(1, last / POINTS);
    for (let x = 0; x < last; x += stride) epochs.push(Math.round(x));
    epochs.push(last);
    const log = this.log && curves.every((curve) => epochs.every((epoch) => curve.value(epoch) > 0));
    const scaled = (/** @type {number} */ y) => (log ? Math.log10(y) : y);
    let low = Infinity;
    let high = -Infinity;
    for (const curve of curves) {
      for (const epoch of epochs) {
        const y = scaled(curve.value(epoch));
        if (Number.isFinite(y)) [low, high] = [Math.min(low, y), Math.max(high, y)];
      }
    }
    if (!log) low = Math.min(low, 0);
    if (!(high > low)) [low, high] = [low - 0.5, low + 0.5];
    this.x = (/** @type {number} */ epoch) => LEFT + (epoch / this.last) * (WIDTH - LEFT - RIGHT);
    this.y = (/** @type {number} */ y) => TOP + (1 - (scaled(y) - low) / (high - low)) * (HEIGHT - TOP - BOTTOM);
    this.svg.replaceChildren();
    for (const tick of log ? ticks(low, high, 4).filter(Number.isInteger) : ticks(low, high, 4)) {
      const y = this.y(log ? 10 ** tick : tick);
      this.svg.append(svg("line", { x1: LEFT, x2: WIDTH - RIGHT, y1: y, y2: y, class: "grid" }));
      const text = log ? `1e${tick}` : String(Number(tick.toPrecision(6)));
      this.svg.append(svg("text", { x: LEFT - 6, y: y + 4, class: "tick end" }, text.replaceAll("-", "\u2212")));
    }
    for (const tick of ticks(0, this.last, 4).filter(Number.isInteger)) {
      this.svg.append(svg("text", { x: this.x(tick), y: HEIGHT - 8, class: "tick middle" }, tick.toLocaleString("en")));
    }
    curves.forEach((curve, k) => {
      const points = epochs.filter((epoch) => Number.isFinite(scaled(curve.value(epoch))))
        .map((epoch) => `${this.x(epoch).toFixed(1)} ${this.y(curve.value(epoch)).toFixed(1)}`);
      const lit = curve.name === selected ? " lit" : "";
      this.svg.append(svg("path", { d: `M${points.join("L")}`, class: `curve curve-${k % 4}${lit}` }));
    });
    this.pointer = svg("g", { class: "pointer" });
    this.svg.append(this.pointer);
    this.selectedCurve = selected;
    this.point(current);
  }

  /** Show the values at an epoch. @param {number} epoch */
  point(epoch) {
    if (!this.curves) return;
    epoch = Math.min(epoch, this.known);
    this.pointer.replaceChildren(
      svg("line", { x1: this.x(epoch), x2: this.x(epoch), y1: TOP, y2: HEIGHT - BOTTOM, class: "now" }),
    );
    const chosen = this.curves.filter((curve) => curve.name === this.selectedCurve);
    const listed = this.curves.length <= 8 ? this.curves : chosen.length ? chosen : this.curves.slice(0, 8);
    for (const curve of listed) {
      const y = this.y(curve.value(epoch));
      if (Number.isFinite(y)) this.pointer.append(svg("circle", { cx: this.x(epoch), cy: y, r: 3 }));
    }
    const words = listed.map((curve) => `${curve.name} ${shown(curve.value(epoch))}`);
    this.readout.textContent = `after ${epoch.toLocaleString("en")} ${epoch === 1 ? "epoch" : "epochs"}: ${words.join(", ")}`;
    this.readout.title = listed.map((curve) => `${curve.name} ${full(curve.value(epoch))}`).join(", ");
    this.svg.setAttribute("aria-label", `${this.label}, ${this.readout.textContent}`);
  }
}
