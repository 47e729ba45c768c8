import { api, problemText } from "./api.js";
import { toast } from "./dom.js";

const SINGLE_INITIAL = {
  users_select: "initial_user",
  conversations_select: "initial_conversation",
  channels_select: "initial_channel",
  datepicker: "initial_date",
  timepicker: "initial_time",
};
const MULTI_INITIAL = {
  multi_users_select: "initial_users",
  multi_conversations_select: "initial_conversations",
  multi_channels_select: "initial_channels",
};
const TEXT = ["plain_text_input", "email_text_input", "url_text_input", "number_input"];

/** The value that an element starts with, in the shape in which the page sends values. */
function initialValue(element, channelId) {
  const type = element.type;
  if (TEXT.includes(type)) return element.initial_value ?? null;
  if (type === "static_select" || type === "radio_buttons") return element.initial_option?.value ?? null;
  if (type === "external_select") return element.initial_option ?? null;
  if (type === "multi_static_select" || type === "checkboxes") return (element.initial_options ?? []).map((option) => option.value);
  if (type === "multi_external_select") return element.initial_options ?? [];
  const current = element.default_to_current_conversation ? channelId : null;
  if (type in MULTI_INITIAL) return element[MULTI_INITIAL[type]] ?? (current ? [current] : []);
  if (type in SINGLE_INITIAL) return element[SINGLE_INITIAL[type]] ?? current;
  return undefined; // buttons and overflow menus hold no value
}

/** Slack's `state.values` entry as the value that the page holds for the element. */
function pageValue(element, entry) {
  const [field] = Object.keys(entry).filter((name) => name !== "type");
  const value = entry[field];
  const whole = element.type.endsWith("external_select");
  if (field === "selected_option") return whole ? value : (value?.value ?? null);
  if (field === "selected_options" && !whole) return value.map((option) => option.value);
  return value;
}

function elementsOf(block) {
  if (block.type === "input") return [block.element];
  if (block.type === "section") return block.accessory ? [block.accessory] : [];
  return block.type === "actions" ? block.elements : [];
}

/**
 * One message, modal view or Home tab: the values that a person has typed or chosen in it, and the line to the bot.
 * `container` is {type: "message", channel, ts} or {type: "view", view_id}.
 */
export class Surface {
  #values = new Map();

  constructor(container, { channelId = null } = {}) {
    this.container = container;
    this.channelId = channelId;
  }

  /**
   * Takes over a new set of blocks. What was typed survives where block_id, action_id and kind are the same
   * (Slack docs, "Modals": updating views). Everything else starts from `entered`, the server's `state.values`
   * (a page opened anew knows no other), or from its initial value.
   */
  adopt(blocks, entered = {}) {
    const kept = new Map();
    for (const block of blocks) {
      for (const element of elementsOf(block)) {
        const initial = initialValue(element, this.channelId);
        if (initial === undefined) continue;
        const before = this.#values.get(key(block.block_id, element.action_id));
        const known = entered[block.block_id]?.[element.action_id];
        const start = known?.type === element.type ? pageValue(element, known) : initial;
        const value = before?.type === element.type ? before.value : start;
        kept.set(key(block.block_id, element.action_id), { block: block.block_id, action: element.action_id, type: element.type, value });
      }
    }
    this.#values = kept;
  }

  get(blockId, actionId) {
    return this.#values.get(key(blockId, actionId))?.value ?? null;
  }

  set(blockId, actionId, value) {
    const entry = this.#values.get(key(blockId, actionId));
    if (entry) entry.value = value;
  }

  /** All current values as {block_id: {action_id: value}}. */
  state() {
    const state = {};
    for (const { block, action, value } of this.#values.values()) (state[block] ??= {})[action] = value;
    return state;
  }

  /** Tells the bot about a click or choice. Resolves when the bot has acknowledged, or has failed to. */
  async act(blockId, actionId, value = null) {
    const answered = await api.action({
      container: this.container,
      block_id: blockId,
      action_id: actionId,
      value,
      state: this.state(),
    });
    if (answered.ok === false) toast(problemText(answered), { problem: true });
    return answered.ok !== false;
  }

  options(blockId, actionId, query) {
    return api.options({ container: this.container, block_id: blockId, action_id: actionId, query });
  }
}

const key = (blockId, actionId) => JSON.stringify([blockId, actionId]);
