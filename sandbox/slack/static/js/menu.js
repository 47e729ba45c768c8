import { h, uid } from "./dom.js";
import { floating } from "./popover.js";

/**
 * A button that opens a menu (WAI-ARIA menu button: arrows, Home, End, Escape).
 * `items()` gives [{text, node?, checked?, dataset?, run}] anew at every opening. Returns the wrapper of both.
 */
export function menuButton(button, { label, items, align = "end", className = "" }) {
  const menu = h("div", { class: `menu ${className}`, role: "menu", id: uid("menu"), "aria-label": label });
  const root = h("div", { class: "menu-root" }, button, menu);
  button.setAttribute("aria-haspopup", "menu");
  button.setAttribute("aria-expanded", "false");
  button.setAttribute("aria-controls", menu.id);
  const float = floating(button, menu, { align, onHide: () => button.setAttribute("aria-expanded", "false") });

  const entries = () => [...menu.querySelectorAll("[role^=menuitem]")];
  const focusAt = (index) => {
    const all = entries();
    all.at(((index % all.length) + all.length) % all.length)?.focus();
  };

  function open(index = 0) {
    menu.replaceChildren(...items().map(item));
    float.show();
    button.setAttribute("aria-expanded", "true");
    const checked = entries().findIndex((entry) => entry.getAttribute("aria-checked") === "true");
    focusAt(checked >= 0 ? checked : index);
  }

  function close() {
    const within = menu.contains(document.activeElement);
    float.hide();
    if (within) button.focus();
  }

  function item({ text, node, checked, dataset, run }) {
    const radio = checked !== undefined;
    return h(
      "button",
      {
        type: "button",
        class: "menu-item",
        role: radio ? "menuitemradio" : "menuitem",
        "aria-checked": radio ? String(checked) : null,
        tabindex: -1,
        dataset: dataset ?? {},
        on: {
          click: () => {
            close();
            run();
          },
        },
      },
      node ?? text,
    );
  }

  button.addEventListener("click", () => (float.shown() ? close() : open()));
  button.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    event.preventDefault();
    open(event.key === "ArrowUp" ? -1 : 0);
  });
  menu.addEventListener("keydown", (event) => {
    const at = entries().indexOf(document.activeElement);
    const moves = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1 };
    if (event.key in moves) focusAt(moves[event.key]);
    else if (event.key === "Escape" || event.key === "Tab") close();
    else return;
    if (event.key !== "Tab") event.preventDefault();
    event.stopPropagation();
  });
  return root;
}
