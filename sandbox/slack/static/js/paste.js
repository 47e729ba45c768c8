import { h } from "./dom.js";
import { icon } from "./icons.js";
import { menuButton } from "./menu.js";
import { store } from "./store.js";

const keys = () => store.state.guide.cards.flatMap((card) => card.lines).filter((line) => line.copy && !line.value.startsWith("/"));

/**
 * The guide's made-up keys at hand inside a modal, which covers the guide itself: choosing one writes it into the
 * field that was used last. Hidden by refresh() where there is nothing to paste or nowhere to paste it.
 */
export function keyPaster(body) {
  const fields = () => [...body.querySelectorAll("input.field[type=text]")];
  let last = null;
  body.addEventListener("focusin", (event) => {
    if (fields().includes(event.target)) last = event.target;
  });

  function paste(value) {
    const field = last?.isConnected ? last : (fields().find((one) => !one.value) ?? fields()[0]);
    field.value = value;
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.focus();
  }

  const button = h("button", { type: "button", class: "button button--quiet" }, icon("key", 16), "Made-up keys");
  const items = () => keys().map(({ label, value, note }) => ({
    node: h("span", { class: "person" }, h("span", { class: "person-name" }, label), h("code", { class: "menu-code" }, value), note ? h("span", { class: "person-meta" }, note) : null),
    run: () => paste(value),
  }));
  const node = menuButton(button, { label: "Made-up keys", items, align: "start", className: "menu--keys" });
  const refresh = () => {
    node.hidden = !keys().length || !fields().length;
  };
  return { node, refresh };
}
