// What Python has written to be put in its place: formulas, panels, steps. Text in it stays text.

export class Templates {
  constructor() {
    /** @type {Map<string, HTMLTemplateElement>} */
    this.found = new Map([...document.querySelectorAll("template")].map((one) => [one.dataset.name, one]));
  }

  /** @param {string} name */
  has(name) {
    return this.found.has(name);
  }

  /** A copy of a template, and in it of those that it uses. @param {string} name @returns {DocumentFragment} */
  copy(name) {
    const made = /** @type {DocumentFragment} */ (this.found.get(name).content.cloneNode(true));
    for (const box of made.querySelectorAll("[data-use]")) box.append(this.copy(box.getAttribute("data-use")));
    return made;
  }

  /** Fill the list of the program: the first line of each formula. @param {Element} root */
  list(root) {
    for (const box of root.querySelectorAll("[data-first]")) {
      if (!box.firstChild) box.append(this.copy(box.getAttribute("data-first")).firstChild);
    }
  }
}
