import { h } from "./dom.js";
import { textNode } from "./text.js";

/** Asks a Block Kit `confirm` object's question in a dialog; resolves true when the person says yes. */
export function confirmed(question) {
  const dialog = document.getElementById("confirm");
  return new Promise((resolve) => {
    const say = (yes) => () => {
      dialog.onclose = null;
      dialog.close();
      resolve(yes);
    };
    dialog.setAttribute("aria-labelledby", "confirm-title");
    dialog.setAttribute("aria-describedby", "confirm-text");
    dialog.onclose = () => resolve(false);
    const style = question.style === "danger" ? "button button--danger" : "button button--primary";
    dialog.replaceChildren(
      h("div", { class: "modal-frame" },
        h("header", { class: "modal-head" }, h("h2", { id: "confirm-title" }, question.title.text)),
        h("div", { class: "modal-body", id: "confirm-text" }, textNode(question.text)),
        h("footer", { class: "modal-foot" },
          h("button", { type: "button", class: "button", on: { click: say(false) } }, question.deny.text),
          h("button", { type: "button", class: style, on: { click: say(true) }, autofocus: true }, question.confirm.text))),
    );
    dialog.showModal();
  });
}
