import { h, keepingFocus, toast } from "./dom.js";
import { icon } from "./icons.js";
import { store } from "./store.js";

/** What a newcomer needs at hand: tokens to paste, people, and what to type first. */
export class Guide {
  #json = "";

  /** `use(text)` puts a command into the composer. */
  constructor({ use }) {
    this.use = use;
    this.node = h("div", { class: "guide" });
  }

  update() {
    const json = JSON.stringify(store.state.guide);
    if (json === this.#json) return;
    this.#json = json;
    keepingFocus(this.node, () => this.node.replaceChildren(...store.state.guide.cards.map((card) => this.#card(card))));
  }

  #card(card) {
    return h("section", { class: "guide-card" }, h("h3", {}, card.title), h("ul", {}, card.lines.map((line) => this.#line(line))));
  }

  #line({ label, value, note, copy }) {
    const command = value?.startsWith("/");
    return h("li", { class: "guide-line" },
      label ? h("span", { class: "guide-label" }, label) : null,
      value
        ? h("span", { class: "guide-value" }, h(copy ? "code" : "span", { class: copy ? "guide-code" : "guide-plain" }, value),
          command ? h("button", { type: "button", class: "guide-button", "aria-label": `Type ${value} for me`, "data-focus": `use/${value}`, on: { click: () => this.use(value) } }, icon("play", 14), "Type it") : null,
          copy && !command ? h("button", { type: "button", class: "guide-button", "aria-label": `Copy ${label || value}`, "data-focus": `copy/${label}/${value}`, on: { click: () => copyText(value, label || value) } }, icon("copy", 14), "Copy") : null)
        : null,
      note ? h("span", { class: "guide-note" }, note) : null);
  }
}

async function copyText(text, label) {
  try {
    await navigator.clipboard.writeText(text);
    toast(`Copied: ${label}`);
  } catch {
    // outside a secure context browsers refuse; the text stands there to be selected by hand
    toast("The browser does not allow copying here. Select the text instead.", { problem: true });
  }
}
