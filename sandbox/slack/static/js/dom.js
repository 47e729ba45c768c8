/** Building and minding DOM nodes. Text always becomes text nodes: nothing here parses HTML. */

import { icon } from "./icons.js";

/**
 * An element. Props: `class`, `dataset`, `style` (properties), `on` ({event: listener}), else attributes;
 * null, undefined and false leave an attribute out. Children: nodes, strings, nested arrays; empty ones vanish.
 */
export function h(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "class") node.className = value;
    else if (name === "dataset") Object.assign(node.dataset, value);
    else if (name === "style") Object.assign(node.style, value);
    else if (name === "on") for (const [event, listener] of Object.entries(value)) node.addEventListener(event, listener);
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  append(node, children);
  return node;
}

export function append(node, children) {
  for (const child of [children].flat(Infinity)) {
    if (child === null || child === undefined || child === false || child === "") continue;
    node.append(child);
  }
  return node;
}

let serial = 0;
/** An id that is unique in this page, for labels and descriptions. */
export const uid = (prefix) => `${prefix}-${++serial}`;

/**
 * Runs `change` (which may replace nodes under `root`) and puts focus back on the element that carries the
 * same `data-focus` afterwards, with its text selection: a server update must not throw a typist out.
 */
export function keepingFocus(root, change) {
  const active = document.activeElement;
  const key = root.contains(active) ? active.closest("[data-focus]")?.dataset.focus : undefined;
  const range = key && "selectionStart" in active ? readSelection(active) : null;
  change();
  if (!key || root.contains(document.activeElement)) return;
  const again = root.querySelector(`[data-focus="${CSS.escape(key)}"]`);
  if (!again) return;
  again.focus({ preventScroll: true });
  if (range && again.setSelectionRange) again.setSelectionRange(...range);
}

function readSelection(field) {
  // type=email and type=number have no selection to read
  return field.selectionStart === null ? null : [field.selectionStart, field.selectionEnd];
}

/** An address that may become an href or src; anything that could run script becomes null. */
export function safeUrl(address) {
  try {
    const url = new URL(address, location.origin);
    return ["http:", "https:", "mailto:", "tel:"].includes(url.protocol) ? url.href : null;
  } catch {
    return null;
  }
}

export function link(address, children, props = {}) {
  const href = safeUrl(address);
  if (!href) return h("span", {}, children);
  return h("a", { href, target: "_blank", rel: "noopener noreferrer", ...props }, children);
}

/** Speaks to screen readers without moving focus. */
export function announce(text, { urgent = false } = {}) {
  const region = document.getElementById(urgent ? "assertive" : "polite");
  const line = h("div", {}, text);
  region.append(line);
  setTimeout(() => line.remove(), 8000);
}

/** A short notice in the corner that goes by itself; problems are spoken at once. */
export function toast(text, { problem = false } = {}) {
  const box = document.getElementById("toasts");
  const note = h("div", { class: problem ? "toast toast--problem" : "toast" }, icon(problem ? "alert" : "check"), h("span", {}, text));
  // A modal dialog covers the page: what is said meanwhile must lie above it.
  if (box.showPopover) {
    box.popover = "manual";
    if (box.matches(":popover-open")) box.hidePopover();
    box.showPopover();
  }
  box.append(note);
  announce(text, { urgent: problem });
  setTimeout(() => note.remove(), 6000);
}
