// The page: its parts put together, and what pointer and keys do.

import { Binder } from "./binder.js";
import { Model } from "./model.js";
import { Panel } from "./panel.js";
import { Paths } from "./paths.js";
import { State } from "./state.js";
import { Stepper } from "./stepper.js";
import { Templates } from "./templates.js";
import { Training } from "./training.js";

const model = new Model(JSON.parse(document.getElementById("data").textContent));
const state = new State(model);
const templates = new Templates();
const binder = new Binder(state);
const panel = new Panel(state, binder, templates);
const paths = new Paths(state, binder, templates);
const stepper = new Stepper(state, binder, templates, panel);
const training = new Training(state);

// --- what follows a change --------------------------------------------------------------------------------------------

let writing = 0;

function writeAddress() {
  window.clearTimeout(writing);
  writing = window.setTimeout(() => {
    const text = state.address();
    try {
      if (window.location.hash.slice(1) !== text) window.history.replaceState(null, "", `#${text}`);
    } catch {
      // a page inside a notebook has no address of its own
    }
  }, 150);
}

function show() {
  binder.update();
  panel.update();
  paths.update();
  stepper.update();
  training.update();
  /** @type {HTMLButtonElement} */ (document.getElementById("undo")).disabled = !state.past.length;
  /** @type {HTMLButtonElement} */ (document.getElementById("redo")).disabled = !state.future.length;
  const sample = /** @type {HTMLSelectElement | null} */ (document.getElementById("sample"));
  if (sample) sample.value = String(state.sample);
  writeAddress();
}
state.listeners.push(show);

// --- fields -----------------------------------------------------------------------------------------------------------

document.addEventListener("input", (event) => {
  const field = /** @type {HTMLInputElement} */ (event.target);
  const key = field.dataset?.leaf;
  if (!key) return;
  const x = Number(field.value);
  if (field.value.trim() === "" || !Number.isFinite(x) || (key === ":rate" && x < 0)) return;
  training.stop();
  state.remember(field);
  state.set(key, x);
});

document.addEventListener("change", (event) => {
  const field = /** @type {HTMLInputElement} */ (event.target);
  if (field.dataset?.leaf) binder.update();
  if (field.id === "sample") {
    state.remember();
    state.sample = Number(field.value);
    state.changed();
  }
});

// One move of a slider is one thing to undo, the next one is another.
for (const kind of ["pointerdown", "focusout"]) document.addEventListener(kind, () => { state.field = null; });

// --- selecting --------------------------------------------------------------------------------------------------------

/** The key of what is marked at or around an element. @param {EventTarget | null} target @returns {string} */
function keyAt(target) {
  const key = /** @type {Element} */ (target)?.closest?.("[data-s]")?.getAttribute("data-s") ?? "";
  return key.startsWith("∂") ? key.slice(1) : key;
}

document.addEventListener("click", (event) => {
  const target = /** @type {Element} */ (event.target);
  const go = target.closest("[data-go]");
  if (go) {
    stepper.stop();
    stepper.go(Number(go.getAttribute("data-go")));
    return;
  }
  const key = keyAt(target);
  if (key && !target.closest("input, button")) state.select(key);
});

document.addEventListener("focusin", (event) => {
  const row = /** @type {Element} */ (event.target).closest?.("#picture [data-s]");
  if (row && row.matches(":focus-visible")) state.select(keyAt(row));
  const field = /** @type {HTMLInputElement} */ (event.target);
  if (field.dataset?.leaf && model.byKey.has(field.dataset.leaf) && field.closest("table")) state.select(field.dataset.leaf);
});

// What is under the pointer is marked wherever it stands, and its paths light up; a click keeps it.
let hovered = "";
document.addEventListener("pointerover", (event) => {
  const key = keyAt(event.target);
  if (key === hovered || event.pointerType === "touch") return;
  hovered = key;
  paths.preview(/** @type {Element} */ (event.target).closest("#picture") ? key : "");
  document.querySelectorAll(".hovered").forEach((element) => element.classList.remove("hovered"));
  if (!key) return;
  document.querySelectorAll("[data-s]").forEach((element) => {
    if (keyAt(element) === key) element.classList.add("hovered");
  });
});

// --- buttons and keys -------------------------------------------------------------------------------------------------

document.getElementById("undo").addEventListener("click", () => { training.stop(); state.undo(); });
document.getElementById("redo").addEventListener("click", () => { training.stop(); state.redo(); });
document.getElementById("reset").addEventListener("click", () => { training.stop(); stepper.stop(); state.reset(); });
document.getElementById("link").addEventListener("click", async () => {
  const address = `${window.location.href.split("#")[0]}#${state.address()}`;
  try {
    await navigator.clipboard.writeText(address);
    panel.announce("Link copied");
    document.getElementById("link").textContent = "Copied";
    window.setTimeout(() => { document.getElementById("link").textContent = "Copy link"; }, 1500);
  } catch {
    window.prompt("The link to what is shown:", address);
  }
});

document.addEventListener("keydown", (event) => {
  const target = /** @type {Element} */ (event.target);
  const typing = target.closest("input, select, textarea");
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z" && !target.closest("input[type=number]")) {
    event.preventDefault();
    if (event.shiftKey) state.redo();
    else state.undo();
    return;
  }
  if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
  const row = target.closest("[role=button][data-s]");
  if (row && (event.key === "Enter" || event.key === " ")) {
    event.preventDefault();
    state.select(keyAt(row));
    // On to what is said of it: the tab key would pass all other rows, and select each.
    /** @type {HTMLElement | null} */ (document.querySelector("#panel input[type=number], #panel [tabindex]"))?.focus();
    return;
  }
  if (target.closest("button, summary, a") && (event.key === " " || event.key === "Enter")) return;
  if (target.closest(".wide, .worked, .picture") === target && event.key.startsWith("Arrow")) return;
  /** @type {Record<string, () => void>} */
  const keys = {
    ArrowRight: () => { stepper.stop(); stepper.next(); },
    ArrowLeft: () => { stepper.stop(); stepper.go(state.step - 1); },
    " ": () => stepper.play(),
    t: () => document.getElementById("train1")?.click(),
  };
  const action = keys[event.key];
  if (!action) return;
  event.preventDefault();
  action();
});

document.getElementById("sample")?.addEventListener("input", (event) => event.stopPropagation());

window.addEventListener("hashchange", () => {
  if (window.location.hash.slice(1) === state.address()) return;
  state.visit(window.location.hash.slice(1));
  show();
});

// --- begin ------------------------------------------------------------------------------------------------------------

if (window.location.hash.length > 1) state.visit(window.location.hash.slice(1));
binder.compute();
const program = document.getElementById("program");
/** The program is filled when it is looked at: that of a large network is long. */
function list() {
  templates.list(program);
  binder.bind(program);
}
program.addEventListener("toggle", list, { once: true });
binder.bind(document.body);
for (const fold of document.querySelectorAll("details")) {
  binder.bind(fold);
  fold.addEventListener("toggle", () => binder.update());
}
window.addEventListener("beforeprint", () => {
  list();
  for (const fold of document.querySelectorAll("details")) fold.open = true; // paper does not unfold
  show();
});
show();
document.body.classList.add("live");
