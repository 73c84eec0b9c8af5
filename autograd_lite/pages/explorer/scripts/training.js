// Training: epochs, one or many, back and forth, with curves.

import { Chart } from "./chart.js";

/** So many curves can be told apart at most. */
const CURVES = 32;

export class Training {
  /** @param {import("./state.js").State} state */
  constructor(state) {
    this.state = state;
    this.there = Boolean(document.getElementById("train1"));
    this.playing = false;
    if (!this.there) return;
    const visit = (/** @type {number} */ epoch) => this.visit(epoch);
    this.losses = new Chart(document.getElementById("losses"), "Loss by epoch", visit);
    this.weights = new Chart(document.getElementById("weights"), "Weights by epoch", visit);
    for (const count of [1, 10, 100, 1000]) {
      document.getElementById(`train${count}`).addEventListener("click", () => {
        this.stop();
        state.remember();
        state.more(count);
      });
    }
    this.button = document.getElementById("trainplay");
    this.button.addEventListener("click", () => (this.playing ? this.stop() : this.play()));
    this.scrub = /** @type {HTMLInputElement} */ (document.getElementById("epoch"));
    this.scrub.addEventListener("input", () => this.visit(Number(this.scrub.value)));
    this.log = document.getElementById("log");
    this.log.addEventListener("click", () => {
      this.losses.log = !this.losses.log;
      this.log.setAttribute("aria-pressed", String(this.losses.log));
      this.update();
    });
  }

  /** @param {number} epoch */
  visit(epoch) {
    this.stop();
    this.state.train(Math.min(epoch, this.state.history.length - 1));
    this.state.changed();
  }

  play() {
    this.state.remember();
    this.playing = true;
    this.button.textContent = "Pause";
    this.button.setAttribute("aria-pressed", "true");
    let count = 1;
    const frame = () => {
      if (!this.playing) return;
      const before = this.state.epoch;
      this.state.more(Math.round(count));
      count = Math.min(count * 1.03, 50); // slowly at first, when there is most to see
      if (this.state.epoch === before) this.stop();
      else window.requestAnimationFrame(frame);
    };
    frame();
  }

  stop() {
    this.playing = false;
    if (!this.there) return;
    this.button.textContent = "Train";
    this.button.setAttribute("aria-pressed", "false");
  }

  update() {
    if (!this.there) return;
    const { state } = this;
    const last = state.history.length - 1;
    this.scrub.max = String(last);
    this.scrub.value = String(state.epoch);
    const name = state.model.byKey.get(state.selected).name;
    this.losses.draw([{ name: state.model.result.name, value: (/** @type {number} */ epoch) => state.losses[epoch] }], last, state.epoch);
    // Of very many weights some stand for all; what is selected is always among them.
    const stride = Math.ceil(state.model.trained.length / CURVES);
    this.weights.draw(
      state.model.trained.map((q, i) => ({ name: q.name, i, value: (/** @type {number} */ epoch) => state.history[epoch][i] }))
        .filter((curve) => curve.i % stride === 0 || curve.name === name),
      last, state.epoch, name,
    );
    document.getElementById("lastname").textContent =
      state.epoch ? `The update of epoch ${state.epoch.toLocaleString("en")}: before → after` : "The next update: before → after";
  }
}
