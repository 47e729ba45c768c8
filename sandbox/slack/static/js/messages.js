import { dayName, dayOf } from "./clock.js";
import { h, keepingFocus } from "./dom.js";
import { MessageItem } from "./message.js";

/** Within this time the same author's messages stand together under one name. */
const TOGETHER_SECONDS = 300;
const NEAR_END_PX = 120;

/** A scrolling list of messages that follows its end, unless the reader has scrolled away from it. */
export class MessageList {
  #items = new Map();
  #days = new Map();

  constructor(channelId, { label, inThread = false, opening = null }) {
    this.channelId = channelId;
    this.inThread = inThread;
    this.list = h("ol", { class: "messages", "aria-label": label });
    this.node = h("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": label }, opening, this.list);
  }

  update(messages, { toEnd = false } = {}) {
    const follow = toEnd || this.node.scrollHeight - this.node.scrollTop - this.node.clientHeight < NEAR_END_PX;
    const items = new Map();
    const days = new Map();
    const nodes = [];
    let before = null;
    for (const message of messages) {
      const day = dayOf(message.ts);
      const newDay = !before || day !== dayOf(before.ts);
      if (newDay && !this.inThread) {
        const divider = this.#days.get(day) ?? h("li", { class: "day" }, h("span"));
        divider.firstChild.textContent = dayName(message.ts); // "Today" is "Yesterday" after midnight
        days.set(day, divider);
        nodes.push(divider);
      }
      const item = this.#items.get(message.ts) ?? new MessageItem(this.channelId, message.ts, { inThread: this.inThread });
      items.set(message.ts, item);
      nodes.push(item.node);
      const continued = !newDay && together(before, message);
      keepingFocus(item.node, () => item.update(message, { continued }));
      before = message;
    }
    this.#items = items;
    this.#days = days;
    const keep = new Set(nodes);
    for (const child of [...this.list.children]) if (!keep.has(child)) child.remove();
    nodes.forEach((node, index) => this.list.children[index] !== node && this.list.insertBefore(node, this.list.children[index] ?? null));
    if (follow) this.node.scrollTop = this.node.scrollHeight;
  }
}

function together(before, message) {
  return (
    before.user === message.user &&
    before.username === message.username &&
    !before.ephemeral === !message.ephemeral &&
    !before.reply_count &&
    Number(message.ts) - Number(before.ts) < TOGETHER_SECONDS
  );
}
