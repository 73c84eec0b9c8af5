// One training step, one computation at a time.

export class Stepper {
  /**
   * @param {import("./state.js").State} state
   * @param {import("./binder.js").Binder} binder
   * @param {import("./templates.js").Templates} templates
   * @param {import("./panel.js").Panel} panel
   */
  constructor(state, binder, templates, panel) {
    this.state = state;
    this.binder = binder;
    this.templates = templates;
    this.panel = panel;
    this.steps = state.model.data.steps;
    this.box = document.getElementById("step");
    this.shownStep = -2;
    this.timer = 0;
    /** When each number is computed: the number of the step, by key. @type {Map<string, number>} */
    this.when = new Map();
    this.steps.forEach((step, k) => {
      this.when.set(step.what === "value" ? step.key : step.what === "gradient" ? `∂${step.key}` : `${step.key}⁺`, k);
    });
    this.on("first", () => this.go(-1));
    this.on("back", () => this.go(this.state.step - 1));
    this.on("next", () => this.next());
    this.on("play", () => this.play());
  }

  /** @param {string} id @param {() => void} action */
  on(id, action) {
    document.getElementById(id).addEventListener("click", () => {
      if (id !== "play") this.stop();
      action();
    });
  }

  /** Go to a step, -1 for none. @param {number} k */
  go(k) {
    this.state.step = Math.max(-1, Math.min(k, this.steps.length - 1));
    if (this.state.step >= 0) this.state.selected = this.steps[this.state.step].key;
    this.state.changed();
  }

  /** The next step; after the last one the update is made, and it begins anew. */
  next() {
    const { step } = this.state;
    if (step < this.steps.length - 1) {
      this.go(step + 1);
      return;
    }
    if (this.state.model.trained.length) {
      this.state.remember();
      this.state.step = 0;
      this.state.selected = this.steps[0].key;
      this.state.more(1);
    } else {
      this.go(-1);
    }
  }

  play() {
    if (this.timer) {
      this.stop();
      return;
    }
    document.getElementById("play").setAttribute("aria-pressed", "true");
    document.getElementById("play").textContent = "Pause";
    this.timer = window.setInterval(() => {
      if (this.state.step === this.steps.length - 1) this.stop();
      else this.next();
    }, 2500);
    this.next();
  }

  stop() {
    window.clearInterval(this.timer);
    this.timer = 0;
    document.getElementById("play").setAttribute("aria-pressed", "false");
    document.getElementById("play").textContent = "Play";
  }

  update() {
    const { step } = this.state;
    // On the way forward nothing is known of gradients yet; who looks at something else meanwhile is shown all of it.
    const here = step >= 0 && this.steps[step].key === this.state.selected;
    document.body.classList.toggle("forward", here && this.steps[step].what === "value");
    document.body.classList.toggle("backward", here && this.steps[step].what === "gradient");
    if (step === this.shownStep) return;
    this.shownStep = step;
    const progress = /** @type {HTMLProgressElement} */ (document.getElementById("progress"));
    progress.max = this.steps.length;
    progress.value = step + 1;
    /** @type {HTMLButtonElement} */ (document.getElementById("back")).disabled = step < 0;
    /** @type {HTMLButtonElement} */ (document.getElementById("first")).disabled = step < 0;
    const last = step === this.steps.length - 1;
    document.getElementById("next").textContent =
      !last ? "Next ▶" : this.state.model.trained.length ? "Make the update ▶" : "End ▶";
    this.box.hidden = step < 0;
    // What comes later is faint; what is being computed is marked.
    document.querySelectorAll("#picture text[data-q]").forEach((text) => {
      const when = this.when.get(text.getAttribute("data-q")) ?? -1;
      text.classList.toggle("later", step >= 0 && when > step);
      text.classList.toggle("current", step >= 0 && when === step);
    });
    document.querySelectorAll("[data-go]").forEach((button) => {
      button.closest("tr").classList.toggle("current", button.getAttribute("data-go") === String(step));
    });
    if (step >= 0) {
      this.box.replaceChildren(this.templates.copy(`step ${step}`));
      this.panel.announce(`${this.box.querySelector(".where").textContent}. ${this.box.querySelector(".words").textContent}`);
    } else {
      this.box.replaceChildren();
    }
    this.binder.bind(this.box);
    this.operands();
  }

  /** Mark in the picture what the formula of the step names. */
  operands() {
    const named = new Set([...this.box.querySelectorAll("mrow[data-s]")].map((one) => one.getAttribute("data-s").replace("∂", "")));
    document.querySelectorAll("#picture .row").forEach((row) => {
      row.classList.toggle("operand", named.has(row.getAttribute("data-s")));
    });
  }
}
