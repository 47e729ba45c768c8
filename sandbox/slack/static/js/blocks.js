/** Block Kit blocks to DOM. A block or element that the page does not know says so instead of vanishing. */

import { button, overflow } from "./buttons.js";
import { dataVisualization } from "./charts.js";
import { h, keepingFocus, safeUrl, uid } from "./dom.js";
import { checkboxes, picker, radioButtons, textField } from "./fields.js";
import { icon } from "./icons.js";
import { markdown } from "./markdown.js";
import { richText } from "./richtext.js";
import { select } from "./selects.js";
import { dataTable, nameTables, table } from "./tables.js";
import { spoken, textNode, textParts } from "./text.js";

const ELEMENTS = {
  button, overflow, checkboxes,
  radio_buttons: radioButtons,
  datepicker: picker,
  timepicker: picker,
  plain_text_input: textField,
  email_text_input: textField,
  url_text_input: textField,
  number_input: textField,
};
for (const kind of ["static", "external", "users", "conversations", "channels"]) {
  ELEMENTS[`${kind}_select`] = select;
  ELEMENTS[`multi_${kind}_select`] = select;
}

const unknown = (type) => h("p", { class: "unknown" }, `The sandbox page cannot show “${type}”.`);

/** What an element needs to know of its place: names, the surface, and where its changes go. */
class Context {
  constructor(surface, block, { label = null, describedBy = null, name = null } = {}) {
    this.surface = surface;
    this.blockId = block.block_id;
    this.inForm = block.type === "input";
    this.dispatches = !this.inForm || block.dispatch_action === true;
    this.optional = block.optional === true;
    this.label = label;
    this.describedBy = describedBy;
    this.name = name;
  }

  focusKey(element) {
    return `${this.blockId}/${element.action_id}`;
  }

  /** Attributes of the control itself; `fallback` names it where no label stands beside it. */
  control(element, fallback = null) {
    const named = this.label ? {} : { "aria-label": [this.name, element.placeholder?.text ?? fallback].filter(Boolean).join(": ") };
    return {
      "data-control": "",
      "data-action-id": element.action_id,
      "data-focus": this.focusKey(element),
      id: this.label?.control,
      "aria-labelledby": this.label?.id,
      "aria-describedby": this.describedBy,
      "aria-required": this.inForm && !this.optional ? "true" : null,
      "data-autofocus": element.focus_on_load ? "" : null,
      ...named,
    };
  }

  /** A value that is still being typed. */
  change(element, value) {
    this.surface.set(this.blockId, element.action_id, value);
  }

  /** A finished choice: remembered, and told to the bot where the block wants that. */
  choose(element, value) {
    this.change(element, value);
    if (this.dispatches) this.surface.act(this.blockId, element.action_id, value);
  }
}

function renderElement(element, ctx) {
  if (element.type === "image") return image(element);
  return ELEMENTS[element.type]?.(element, ctx) ?? unknown(element.type);
}

function image(element, className = "block-thumb") {
  const src = safeUrl(element.image_url ?? "");
  return src && h("img", { src, alt: element.alt_text, class: className, loading: "lazy" });
}

const BLOCKS = {
  section(block, surface) {
    const name = block.text ? spoken(block.text.text).split("\n")[0].slice(0, 80) : null;
    return h("div", { class: "block-section" },
      h("div", { class: "block-section-text" },
        block.text ? textNode(block.text) : null,
        block.fields ? h("div", { class: "block-fields" }, block.fields.map((field) => textNode(field))) : null),
      block.accessory ? h("div", { class: "block-accessory" }, renderElement(block.accessory, new Context(surface, block, { name }))) : null);
  },
  context: (block) =>
    h("div", { class: "block-context" }, block.elements.map((element) => (element.type === "image" ? image(element, "block-context-image") : textNode(element)))),
  actions: (block, surface) =>
    h("div", { class: "block-actions" }, block.elements.map((element) => renderElement(element, new Context(surface, block)))),
  divider: () => h("hr", { class: "rule" }),
  header: (block) => h("h3", { class: "block-header", "data-level": block.level ?? 1 }, textParts(block.text)),
  image: (block) =>
    h("figure", { class: "block-image" }, block.title ? h("figcaption", {}, textParts(block.title)) : null, image(block, "block-picture")),
  rich_text: (block) => h("div", { class: "text" }, richText(block)),
  markdown: (block) => h("div", { class: "text" }, markdown(block.text)),
  table,
  data_table: dataTable,
  data_visualization: dataVisualization,
  alert: alertBlock,
  input: inputBlock,
};

const ALERT_ICONS = { default: "info", info: "info", warning: "alert", error: "alert", success: "success" };
const ALERT_NAMES = { warning: "Warning: ", error: "Error: ", success: "Done: " };

function alertBlock(block) {
  const level = block.level ?? "default";
  return h("div", { class: "block-alert", "data-level": level, role: level === "error" ? "alert" : "note" },
    icon(ALERT_ICONS[level]), h("span", { class: "sr-only" }, ALERT_NAMES[level]), textNode(block.text));
}

const GROUPS = ["checkboxes", "radio_buttons"];

function inputBlock(block, surface) {
  const ids = { label: uid("label"), control: uid("control"), hint: uid("hint"), error: uid("error") };
  const label = { id: ids.label, control: ids.control };
  const describedBy = block.hint ? `${ids.hint} ${ids.error}` : ids.error;
  // A group of boxes is no labelable element, so its caption is no <label>.
  const caption = h(GROUPS.includes(block.element.type) ? "div" : "label",
    { class: "label", id: ids.label, ...(GROUPS.includes(block.element.type) ? {} : { for: ids.control }) },
    textParts(block.label), block.optional ? h("span", { class: "label-optional" }, " (optional)") : null);
  const node = h("div", { class: "block-input" }, caption,
    renderElement(block.element, new Context(surface, block, { label, describedBy })),
    block.hint ? textNode(block.hint, { class: "text hint", id: ids.hint }) : null,
    h("p", { class: "field-error", id: ids.error, role: "alert" }));
  for (const event of ["input", "change"]) node.addEventListener(event, () => setFieldError(node, null));
  return node;
}

/** Shows a problem at an input block, or takes it away (null). */
export function setFieldError(node, text) {
  node.classList.toggle("block-input--invalid", text !== null);
  node.querySelector("[data-control]")?.setAttribute("aria-invalid", text === null ? "false" : "true");
  node.querySelector(":scope > .field-error").replaceChildren(...(text === null ? [] : [icon("alert", 15), text]));
}

function renderBlock(block, surface) {
  const node = BLOCKS[block.type]?.(block, surface) ?? unknown(block.type);
  node.classList.add("block");
  node.dataset.blockType = block.type;
  if (block.block_id) node.dataset.blockId = block.block_id;
  return node;
}

/** A surface's blocks in a parent node; an update touches only the blocks that changed, and keeps focus. */
export class BlockList {
  #shown = new Map();

  constructor(parent, surface) {
    this.parent = parent;
    this.surface = surface;
  }

  update(blocks, entered) {
    this.surface.adopt(blocks, entered);
    const before = this.#shown;
    this.#shown = new Map();
    keepingFocus(this.parent, () => {
      const nodes = blocks.map((block, index) => {
        const json = JSON.stringify(block);
        const id = block.block_id ?? `#${index}`;
        const known = before.get(id);
        const node = known?.json === json ? known.node : renderBlock(block, this.surface);
        this.#shown.set(id, { json, node });
        return node;
      });
      const keep = new Set(nodes);
      for (const child of [...this.parent.children]) if (!keep.has(child)) child.remove();
      // Moving a node would take its focus away, so only what is out of place is moved.
      nodes.forEach((node, index) => this.parent.children[index] !== node && this.parent.insertBefore(node, this.parent.children[index] ?? null));
      nameTables(blocks, nodes);
    });
  }
}
