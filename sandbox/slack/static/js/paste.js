import { h } from "./dom.js";
import { icon } from "./icons.js";
import { menuButton } from "./menu.js";
import { store } from "./store.js";

const keys = () => store.state.guide.cards.flatMap(({ fields, lines }) =>
  lines.filter((line) => line.copy && !line.value.startsWith("/")).map((line) => ({ ...line, fields })));
const blockId = (field) => field.closest("[data-block-id]")?.dataset.blockId ?? "";

/**
 * The guide's made-up keys at hand inside a modal, which covers the guide itself: choosing one writes it into the
 * field that was used last, if it is for that one. Only keys that are for a field of the modal are offered, and
 * refresh() hides the button where none is.
 */
export function keyPaster(body) {
  const fields = () => [...body.querySelectorAll("input.field[type=text]")];
  const fieldsFor = (key) => fields().filter((field) => blockId(field).startsWith(key.fields));
  const offered = () => keys().filter((key) => fieldsFor(key).length);
  let last = null;
  body.addEventListener("focusin", (event) => {
    if (fields().includes(event.target)) last = event.target;
  });

  function paste(key) {
    const fit = fieldsFor(key);
    const field = fit.includes(last) ? last : (fit.find((one) => !one.value) ?? fit[0]);
    field.value = key.value;
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.focus();
  }

  const button = h("button", { type: "button", class: "button button--quiet" }, icon("key", 16), "Made-up keys");
  const items = () => offered().map((key) => ({
    node: h("span", { class: "person" }, h("span", { class: "person-name" }, key.label), h("code", { class: "menu-code" }, key.value), key.note ? h("span", { class: "person-meta" }, key.note) : null),
    run: () => paste(key),
  }));
  const node = menuButton(button, { label: "Made-up keys", items, align: "start", className: "menu--keys" });
  const refresh = () => {
    node.hidden = !offered().length;
  };
  return { node, refresh };
}
