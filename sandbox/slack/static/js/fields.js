/** Elements that one types into or ticks. Each returns a node whose `[data-control]` carries name and errors. */

import { h, uid } from "./dom.js";
import { textNode } from "./text.js";

const TYPING_PAUSE_MS = 300;

const KINDS = {
  plain_text_input: { type: "text" },
  email_text_input: { type: "email", inputmode: "email", autocomplete: "off" },
  url_text_input: { type: "url", inputmode: "url" },
  // Not type=number: that one drops what it cannot read, and the person could not see why it is refused.
  number_input: { type: "text" },
};

export function textField(element, ctx) {
  const number = element.type === "number_input";
  const { surface, blockId } = ctx;
  const triggers = element.dispatch_action_config?.trigger_actions_on ?? ["on_enter_pressed"];
  const node = h(element.multiline ? "textarea" : "input", {
    ...(element.multiline ? { rows: 4 } : KINDS[element.type]),
    ...(number ? { inputmode: element.is_decimal_allowed ? "decimal" : "numeric" } : {}),
    ...ctx.control(element),
    class: "field",
    placeholder: element.placeholder?.text,
    maxlength: element.max_length,
    autocomplete: "off",
    spellcheck: element.multiline ? null : "false",
  });
  node.value = surface.get(blockId, element.action_id) ?? "";
  const act = () => ctx.dispatches && surface.act(blockId, element.action_id, surface.get(blockId, element.action_id));
  let pause = 0;
  node.addEventListener("input", () => {
    ctx.change(element, typedValue(node.value, number));
    clearTimeout(pause);
    if (triggers.includes("on_character_entered")) pause = setTimeout(act, TYPING_PAUSE_MS);
  });
  node.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || element.multiline || !ctx.dispatches || !triggers.includes("on_enter_pressed")) return;
    event.preventDefault(); // Enter speaks to the bot here instead of submitting the form
    act();
  });
  return node;
}

function typedValue(text, number) {
  if (text === "") return null;
  return number ? text.trim().replace(",", ".") : text; // a Nordic decimal comma is a decimal point
}

const PICKERS = { datepicker: { type: "date", name: "Date" }, timepicker: { type: "time", name: "Time" } };

export function picker(element, ctx) {
  const { type, name } = PICKERS[element.type];
  const node = h("input", { ...ctx.control(element, name), type, class: "field field--picker" });
  node.value = ctx.surface.get(ctx.blockId, element.action_id) ?? "";
  node.addEventListener("change", () => ctx.choose(element, node.value || null));
  return node;
}

/** `checkboxes`: the value is the list of ticked options, in the options' order. */
export function checkboxes(element, ctx) {
  const boxes = [];
  const group = optionGroup(element, ctx, "group", (option, props) => {
    const box = h("input", { ...props, type: "checkbox" });
    box.checked = (ctx.surface.get(ctx.blockId, element.action_id) ?? []).includes(option.value);
    box.addEventListener("change", () => ctx.choose(element, boxes.filter((one) => one.checked).map((one) => one.value)));
    boxes.push(box);
    return box;
  });
  return group;
}

export function radioButtons(element, ctx) {
  const name = uid("radio");
  return optionGroup(element, ctx, "radiogroup", (option, props) => {
    const radio = h("input", { ...props, type: "radio", name });
    radio.checked = ctx.surface.get(ctx.blockId, element.action_id) === option.value;
    radio.addEventListener("change", () => ctx.choose(element, option.value));
    return radio;
  });
}

function optionGroup(element, ctx, role, control) {
  const { "data-focus": focus, ...props } = ctx.control(element, "Options");
  return h("div", { ...props, role, class: "choices", tabindex: -1 }, element.options.map((option) => {
    const id = uid("choice");
    const description = option.description ? uid("description") : null;
    const input = control(option, { id, value: option.value, "aria-describedby": description, "data-focus": `${focus}/${option.value}` });
    return h("div", { class: "choice" }, input, h("label", { for: id }, textNode(option.text)),
      option.description ? textNode(option.description, { class: "text choice-description", id: description }) : null);
  }));
}
