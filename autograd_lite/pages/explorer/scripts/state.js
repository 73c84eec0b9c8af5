// The one state of the page: what is given, the learning rate, the epochs trained, the step, what is selected.

import { full } from "./numbers.js";

/** So many numbers are kept of a training at most. */
const KEPT = 4_000_000;

export class State {
  /** @param {import("./model.js").Model} model */
  constructor(model) {
    this.model = model;
    /** @type {(() => void)[]} called after every change */ this.listeners = [];
    /** @type {any[]} */ this.past = [];
    /** @type {any[]} */ this.future = [];
    this.most = Math.min(20_000, Math.max(100, Math.floor(KEPT / Math.max(1, model.trained.length))));
    this.selected = model.data.selected;
    /** Number of the step shown, -1 for none. */ this.step = -1;
    this.restore(this.first());
  }

  /** The state that the page begins with. */
  first() {
    const { start, samples, rate } = this.model.data;
    return { leaves: start.map(Number), samples: samples.map((row) => row.map(Number)), rate, epoch: 0, sample: 0 };
  }

  /** What undo brings back. */
  snapshot() {
    const samples = this.samples.map((row) => [...row]);
    return { leaves: [...this.leaves], samples, rate: this.rate, epoch: this.epoch, sample: this.sample };
  }

  /** @param {{leaves: number[], samples: number[][], rate: number, epoch: number, sample: number}} snapshot */
  restore(snapshot) {
    /** Before any update. @type {Float64Array} */ this.leaves = Float64Array.from(snapshot.leaves);
    /** @type {number[][]} */ this.samples = snapshot.samples.map((row) => [...row]);
    this.rate = snapshot.rate;
    this.sample = snapshot.sample;
    this.epoch = 0;
    this.forget();
    this.train(snapshot.epoch);
  }

  /** Forget the training, since something that it began with is another. */
  forget() {
    /** By epoch the trained parameters. @type {Float64Array[]} */
    this.history = [Float64Array.from(this.model.trained, (q) => this.leaves[q.leaf])];
    const { loss, slopes } = this.means(this.history[0]);
    /** @type {number[]} */ this.losses = [loss];
    /** @type {Float64Array[]} */ this.slopes = [slopes];
  }

  /** @param {Float64Array} parameters */
  means(parameters) {
    return this.model.mean(this.given(parameters, 0), this.samples);
  }

  /** All leaves, with those parameters, in a sample. @param {Float64Array} parameters @param {number} sample */
  given(parameters, sample) {
    const leaves = Float64Array.from(this.leaves);
    this.model.trained.forEach((q, i) => { leaves[q.leaf] = parameters[i]; });
    if (this.samples.length) leaves.set(this.samples[sample]);
    return leaves;
  }

  /** All leaves as they are now. */
  now() {
    return this.given(this.history[this.epoch], this.sample);
  }

  /** Train until there have been so many epochs, and show the last. @param {number} epoch */
  train(epoch) {
    epoch = Math.max(0, Math.min(epoch, this.most));
    while (this.history.length <= epoch) {
      const last = this.history.length - 1;
      const next = this.history[last].map((x, i) => x - this.rate * this.slopes[last][i]);
      if (!next.every(Number.isFinite)) break;
      const { loss, slopes } = this.means(next);
      this.history.push(next);
      this.losses.push(loss);
      this.slopes.push(slopes);
    }
    this.epoch = Math.min(epoch, this.history.length - 1);
  }

  // --- changes --------------------------------------------------------------------------------------------------------

  changed() {
    for (const listener of this.listeners) listener();
  }

  /**
   * Remember what is, so that it can be undone. All that one field does until something else is done is one change.
   * @param {Element | null} [field]
   */
  remember(field = null) {
    if (field && field === this.field) return;
    /** @type {Element | null} */ this.field = field;
    this.past.push(this.snapshot());
    if (this.past.length > 200) this.past.shift();
    this.future = [];
  }

  /** Give something another number; a training begins anew from there. @param {string} key @param {number} x */
  set(key, x) {
    if (this.epoch) this.model.trained.forEach((q, i) => { this.leaves[q.leaf] = this.history[this.epoch][i]; });
    this.epoch = 0;
    if (key === ":rate") {
      this.rate = x;
    } else {
      const at = this.model.byKey.get(key).leaf;
      if (this.samples.length && at < this.model.columns) this.samples[this.sample][at] = x;
      else this.leaves[at] = x;
      if (this.samples.length) this.leaves.set(this.samples[0]);
    }
    this.forget();
    this.changed();
  }

  /** @param {string} key */
  get(key) {
    return key === ":rate" ? this.rate : this.now()[this.model.byKey.get(key).leaf];
  }

  /** Train so many epochs more. @param {number} count */
  more(count) {
    this.train(this.epoch + count);
    this.changed();
  }

  undo() {
    this.swap(this.past, this.future);
  }

  redo() {
    this.swap(this.future, this.past);
  }

  /** @param {any[]} from @param {any[]} to */
  swap(from, to) {
    this.field = null;
    const one = from.pop();
    if (!one) return;
    to.push(this.snapshot());
    this.restore(one);
    this.changed();
  }

  reset() {
    this.remember();
    this.step = -1;
    this.restore(this.first());
    this.changed();
  }

  /** @param {string} key */
  select(key) {
    if (!this.model.byKey.has(key)) return;
    this.selected = key;
    this.changed();
  }

  // --- the address ----------------------------------------------------------------------------------------------------

  /** What is shown, as the part of an address behind the #: what differs from the first state. */
  address() {
    const first = this.first();
    const parts = new URLSearchParams();
    this.model.leaves.forEach((q, k) => {
      if (this.samples.length && k < this.model.columns) return;
      if (!Object.is(this.leaves[k], first.leaves[k])) parts.set(`v${k}`, full(this.leaves[k]));
    });
    this.samples.forEach((row, n) => row.forEach((x, k) => {
      if (!Object.is(x, first.samples[n][k])) parts.set(`d${n}.${k}`, full(x));
    }));
    if (this.rate !== first.rate) parts.set("rate", full(this.rate));
    if (this.epoch) parts.set("epochs", String(this.epoch));
    if (this.sample) parts.set("sample", String(this.sample));
    if (this.step >= 0) parts.set("step", String(this.step));
    if (this.selected !== this.model.data.selected) {
      parts.set("q", String(this.model.nodes.findIndex((q) => q.key === this.selected)));
    }
    return parts.toString();
  }

  /** Take the state from an address; what does not fit is left out. @param {string} text */
  visit(text) {
    const next = this.first();
    this.step = -1;
    this.selected = this.model.data.selected;
    for (const [name, value] of new URLSearchParams(text)) {
      const x = Number(value);
      const at = /^v(\d+)$/.exec(name);
      const cell = /^d(\d+)\.(\d+)$/.exec(name);
      if (value.trim() === "" || !Number.isFinite(x)) continue;
      if (at && Number(at[1]) < next.leaves.length) next.leaves[Number(at[1])] = x;
      if (cell && next.samples[Number(cell[1])]?.[Number(cell[2])] !== undefined) {
        next.samples[Number(cell[1])][Number(cell[2])] = x;
      }
      const whole = Number.isInteger(x) && x >= 0;
      if (name === "rate" && x >= 0) next.rate = x;
      if (name === "epochs" && whole) next.epoch = x;
      if (name === "sample" && whole && x < next.samples.length) next.sample = x;
      if (name === "step" && whole && x < this.model.data.steps.length) this.step = x;
      if (name === "q" && whole && x < this.model.nodes.length) this.selected = this.model.nodes[x].key;
    }
    if (next.samples.length) next.leaves.splice(0, this.model.columns, ...next.samples[0]);
    this.restore(next);
  }
}
