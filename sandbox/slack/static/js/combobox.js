import { announce, h, uid } from "./dom.js";
import { icon } from "./icons.js";
import { floating } from "./popover.js";

/**
 * A select that searches (WAI-ARIA combobox with a listbox), for one value or several as chips.
 *
 * An item is {key, text, description?, raw}; a group is {label: string|null, items}.
 * `load(query)` gives {groups} or {note} (a sentence to show instead), at once or as a promise.
 * `onChange(items)` is called with the chosen items. `clearable` lets a single choice be taken back.
 */
export function combobox({
  control = {}, placeholder = "", multiple = false, max = Infinity, chosen = [], clearable = true, delayMs = 0, load, onChange,
}) {
  let picked = [...chosen];
  let options = [];
  let active = -1;
  let typed = false;
  let request = 0;
  let timer = 0;

  const list = h("div", { class: "listbox", role: "listbox", id: uid("list"), "aria-multiselectable": multiple ? "true" : null });
  const input = h("input", {
    ...control,
    type: "text",
    class: "combo-input",
    role: "combobox",
    placeholder,
    autocomplete: "off",
    spellcheck: "false",
    "aria-autocomplete": "list",
    "aria-expanded": "false",
    "aria-controls": list.id,
  });
  list.setAttribute("aria-label", control["aria-label"] ?? (placeholder || "Choices"));
  const chips = h("div", { class: "chips" });
  const clear = h("button", { type: "button", class: "combo-clear", "aria-label": "Clear choice", on: { click: clearChoice } }, icon("close", 14));
  const box = h("div", { class: multiple ? "combo combo--multi" : "combo" }, multiple ? chips : null, input, multiple ? null : clear, icon("chevron", 16));
  const root = h("div", { class: "combo-root" }, box, list);
  const float = floating(box, list, { matchWidth: true, onHide: settle });

  function show() {
    clear.hidden = !clearable || !picked.length;
    if (!multiple) input.value = picked[0]?.text ?? "";
    input.placeholder = multiple && picked.length ? "" : placeholder;
    chips.replaceChildren(...picked.map(chip));
    chips.hidden = !picked.length;
  }

  function chip(item) {
    return h("span", { class: "chip" }, h("span", {}, item.text),
      h("button", { type: "button", "aria-label": `Remove ${item.text}`, on: { click: () => remove(item) } }, icon("close", 12)));
  }

  function change(items) {
    picked = items;
    show();
    onChange(picked);
  }

  function remove(item) {
    change(picked.filter((other) => other.key !== item.key));
    input.focus();
    announce(`${item.text} removed`);
  }

  function clearChoice() {
    change([]);
    input.focus();
  }

  function choose(item) {
    typed = false;
    if (!multiple) {
      change([item]);
      return float.hide();
    }
    input.value = "";
    const had = picked.some((other) => other.key === item.key);
    if (!had && picked.length >= max) return announce(`At most ${max} can be chosen`, { urgent: true });
    change(had ? picked.filter((other) => other.key !== item.key) : [...picked, item]);
    announce(`${item.text} ${had ? "removed" : "added"}`);
    return refresh("");
  }

  /** Loads and shows what fits the query; an answer that a later query has overtaken is dropped. */
  async function refresh(query) {
    const mine = ++request;
    const pending = load(query);
    if (pending instanceof Promise) note("Searching…", true);
    const { groups = [], note: sentence } = await pending;
    if (mine !== request || !float.shown()) return;
    const filled = groups.filter((group) => group.items.length);
    if (sentence || !filled.length) note(sentence ?? "Nothing found");
    else fill(filled);
    float.place();
  }

  function note(text, busy = false) {
    options = [];
    highlight(-1);
    list.replaceChildren(h("div", { class: busy ? "listbox-note listbox-note--busy" : "listbox-note" }, text));
    if (!busy) announce(text);
  }

  function fill(groups) {
    options = [];
    list.replaceChildren(...groups.map((group) => {
      const rows = group.items.map(row);
      if (!group.label) return h("div", { role: "presentation" }, rows);
      const id = uid("group");
      return h("div", { role: "group", "aria-labelledby": id }, h("div", { class: "listbox-group", id }, group.label), rows);
    }));
    const selected = options.findIndex(({ item }) => picked.some((other) => other.key === item.key));
    highlight(multiple || typed ? 0 : selected);
  }

  function row(item) {
    const selected = picked.some((other) => other.key === item.key);
    const node = h(
      "div",
      {
        class: "option", role: "option", id: uid("option"), "aria-selected": String(selected), "data-value": item.key,
        // pointerdown would take focus from the input and close the list
        on: { pointerdown: (event) => event.preventDefault(), click: () => choose(item) },
      },
      h("span", { class: "option-text" }, item.text, item.description ? h("span", { class: "option-description" }, item.description) : null),
      selected ? icon("check", 16) : null,
    );
    options.push({ item, node });
    return node;
  }

  function highlight(index) {
    options[active]?.node.classList.remove("option--active");
    active = index;
    const node = options[active]?.node;
    node?.classList.add("option--active");
    node?.scrollIntoView({ block: "nearest" });
    if (node) input.setAttribute("aria-activedescendant", node.id);
    else input.removeAttribute("aria-activedescendant");
  }

  function expand() {
    float.show();
    input.setAttribute("aria-expanded", "true");
  }

  function open() {
    if (float.shown()) return;
    expand();
    typed = false;
    if (!multiple) input.select(); // typing replaces the choice rather than continuing its name
    refresh("");
  }

  /** After closing: text that named no option is put back; emptied text takes a single choice back. */
  function settle() {
    clearTimeout(timer);
    request++;
    highlight(-1);
    input.setAttribute("aria-expanded", "false");
    if (!multiple && typed && clearable && picked.length && !input.value.trim()) return change([]);
    typed = false;
    if (multiple) input.value = "";
    return show();
  }

  input.addEventListener("click", open);
  input.addEventListener("input", () => {
    const query = input.value.trim();
    expand();
    typed = true;
    clearTimeout(timer);
    timer = setTimeout(() => refresh(query), delayMs);
  });
  input.addEventListener("keydown", (event) => {
    const { key } = event;
    if (key === "ArrowDown" || key === "ArrowUp") {
      event.preventDefault();
      if (!float.shown()) return open();
      const step = key === "ArrowDown" ? 1 : -1;
      return options.length && highlight((active + step + options.length) % options.length);
    }
    if (key === "Enter" && float.shown()) {
      event.preventDefault(); // must not submit the form around it
      return options[active] && choose(options[active].item);
    }
    if (key === "Escape" && float.shown()) {
      event.preventDefault(); // must not close the dialog around it
      event.stopPropagation();
      typed = false;
      return float.hide();
    }
    if (key === "Backspace" && multiple && !input.value && picked.length) return remove(picked.at(-1));
    return undefined;
  });
  root.addEventListener("focusout", (event) => {
    if (!root.contains(event.relatedTarget)) float.hide();
  });
  box.addEventListener("click", (event) => {
    if (event.target.closest("button")) return;
    input.focus();
    open();
  });

  show();
  return root;
}
