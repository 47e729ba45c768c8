import { api, problemText } from "./api.js";
import { BlockList, setFieldError } from "./blocks.js";
import { announce, h } from "./dom.js";
import { withEmoji } from "./emoji.js";
import { icon } from "./icons.js";
import { keyPaster } from "./paste.js";
import { store } from "./store.js";
import { Surface } from "./surface.js";
import { spoken } from "./text.js";

const TROUBLE = "We had some trouble connecting. Try again?";

/** The dialog of the acting person's view stack. Views that lie below keep what was typed in them. */
export class ModalHost {
  #frames = new Map();
  #shown = null;
  #closing = new Set();
  #opener = null;

  constructor(dialog, { channelId }) {
    this.dialog = dialog;
    this.channelId = channelId;
    // Escape closes the view at the server; the dialog follows from the new state.
    dialog.addEventListener("cancel", (event) => {
      event.preventDefault();
      this.#close(this.#shown, true);
    });
  }

  update(modal) {
    if (!modal || this.#closing.has(modal.view.id)) return this.#hide();
    const { view, stack_depth: depth } = modal;
    this.#forgetOthers(view, depth);
    const fresh = !this.#frames.has(view.id);
    if (fresh) this.#frames.set(view.id, new Frame(view, this.channelId(), { close: (frame, all) => this.#close(frame, all) }));
    const frame = this.#frames.get(view.id);
    const turned = frame.update(view, depth);
    if (this.#shown !== frame) {
      this.#shown = frame;
      this.dialog.replaceChildren(frame.node);
      this.dialog.setAttribute("aria-labelledby", frame.titleId);
    }
    if (!this.dialog.open) {
      this.#opener = document.activeElement;
      this.dialog.showModal();
      frame.focusFirst();
    } else if (fresh || turned || !this.dialog.contains(document.activeElement) || document.activeElement === this.dialog) {
      announce(frame.summary());
      frame.focusFirst();
    }
  }

  /** Another root view means another conversation; a smaller depth means that views above were closed. */
  #forgetOthers(view, depth) {
    for (const [id, frame] of this.#frames)
      if (frame.rootId !== view.root_view_id || (frame.depth >= depth && id !== view.id)) this.#frames.delete(id);
  }

  #hide() {
    this.#frames.clear();
    this.#shown = null;
    if (!this.dialog.open) return;
    this.dialog.close();
    this.dialog.replaceChildren();
    const again = this.#opener?.isConnected ? this.#opener : document.querySelector("[data-composer]");
    again?.focus();
  }

  async #close(frame, all) {
    if (!frame || this.#closing.has(frame.viewId)) return;
    this.#closing.add(frame.viewId);
    if (all || frame.depth === 1) this.#hide();
    await api.close({ view_id: frame.viewId, clear_all: all });
    this.#closing.delete(frame.viewId);
    await store.refresh();
  }
}

/** One view of the stack: its form, its values, its errors. */
class Frame {
  #hash = null;
  #step = null;
  #busy = false;

  constructor(view, channelId, { close }) {
    this.viewId = view.id;
    this.rootId = view.root_view_id;
    this.titleId = `title-${view.id}`;
    this.depth = 1;
    this.surface = new Surface({ type: "view", view_id: view.id }, { channelId });
    this.title = h("h2", { id: this.titleId, tabindex: -1 });
    this.back = h("button", { type: "button", class: "icon-button", "aria-label": "Back", on: { click: () => close(this, false) } }, icon("back", 20));
    this.trouble = h("div", { class: "trouble", role: "alert" });
    this.body = h("div", { class: "blocks" });
    this.scroller = h("div", { class: "modal-body" }, this.body);
    this.blocks = new BlockList(this.body, this.surface);
    this.cancel = h("button", { type: "button", class: "button", on: { click: () => close(this, false) } });
    this.send = h("button", { type: "submit", class: "button button--primary" });
    this.keys = keyPaster(this.body);
    this.foot = h("footer", { class: "modal-foot" }, this.keys.node, this.cancel, this.send);
    this.node = h("form", { class: "modal-frame", novalidate: true, "data-view-id": view.id, on: { submit: (event) => { event.preventDefault(); this.#submit(); } } },
      h("header", { class: "modal-head" }, this.back, this.title,
        h("button", { type: "button", class: "icon-button", "aria-label": "Close", on: { click: () => close(this, true) } }, icon("close", 20))),
      this.trouble, this.scroller, this.foot);
  }

  /** Shows the view; true when it has become another step of the conversation, so that focus should start anew. */
  update(view, depth) {
    this.depth = depth;
    this.back.hidden = depth < 2;
    if (view.hash === this.#hash) return false;
    const first = this.#hash === null;
    this.#hash = view.hash;
    this.view = view;
    this.title.textContent = withEmoji(view.title.text);
    this.cancel.textContent = withEmoji(view.close?.text ?? (depth > 1 ? "Back" : "Close"));
    this.send.textContent = withEmoji(view.submit?.text ?? "");
    this.send.hidden = !view.submit;
    this.trouble.replaceChildren();
    this.blocks.update(view.blocks, view.state?.values);
    this.keys.refresh();
    for (const block of this.#inputs()) setFieldError(this.#inputNode(block), null);
    const before = this.#step;
    this.#step = { title: JSON.stringify([view.title.text, view.callback_id]), inputs: JSON.stringify(this.#inputs().map((block) => block.block_id)) };
    // Fields that come and go around the one in use are no new step: the person stays where they are.
    const left = this.#step.inputs !== before?.inputs && !this.body.contains(document.activeElement);
    const turned = !first && (this.#step.title !== before.title || left);
    if (turned) this.scroller.scrollTop = 0;
    this.body.querySelector('.block-alert[data-level="error"]')?.scrollIntoView({ block: "nearest" });
    return turned;
  }

  /** Title and first sentence, for those who do not see that another step stands there. */
  summary() {
    const first = this.view.blocks.find((block) => block.text)?.text.text ?? "";
    return `${spoken(this.view.title.text)}. ${spoken(first)}`;
  }

  focusFirst() {
    const inputs = ".block-input [data-control]:not(.choices), .block-input .choices input:checked, .block-input .choices input";
    const wanted = this.body.querySelector("[data-autofocus]") ?? this.body.querySelector(inputs);
    (wanted ?? this.title).focus();
  }

  #inputs() {
    return this.view.blocks.filter((block) => block.type === "input");
  }

  #inputNode(block) {
    return this.body.querySelector(`[data-block-id="${CSS.escape(block.block_id)}"]`);
  }

  async #submit() {
    if (this.#busy || !this.view.submit) return;
    this.trouble.replaceChildren();
    this.#setBusy(true);
    const from = document.activeElement;
    const answered = await api.submit({ view_id: this.viewId, state: this.surface.state() });
    if (answered.ok === false) {
      this.#setBusy(false);
      return answered.errors ? this.#showErrors(answered.errors, from) : this.#showTrouble(answered);
    }
    await store.refresh(); // stays busy until what follows stands on the screen
    return this.#setBusy(false);
  }

  #setBusy(busy) {
    this.#busy = busy;
    this.node.setAttribute("aria-busy", String(busy));
    // Not `disabled`: focus must not be lost while the bot thinks.
    this.send.setAttribute("aria-disabled", String(busy));
  }

  /** `from` had the focus when the view was sent: who has gone on to another field by now is not called back. */
  #showErrors(errors, from) {
    let firstInvalid = null;
    const placed = new Set();
    for (const block of this.#inputs()) {
      const text = errors[block.block_id] ?? null;
      const node = this.#inputNode(block);
      setFieldError(node, text);
      if (text === null) continue;
      placed.add(block.block_id);
      firstInvalid ??= node.querySelector(".choices input, [data-control]");
    }
    // Slack shows errors at input blocks only; one for any other block would be invisible, so it is told here.
    const elsewhere = Object.entries(errors).filter(([id]) => !placed.has(id)).map(([, text]) => text);
    if (elsewhere.length) this.#showTrouble({ message: elsewhere.join(" ") });
    const now = document.activeElement;
    if (now === from || !this.body.contains(now)) firstInvalid?.focus();
  }

  #showTrouble(answered) {
    const text = answered.trouble ?? (answered.message ? problemText(answered) : TROUBLE);
    this.trouble.replaceChildren(icon("alert", 18), text);
  }
}
