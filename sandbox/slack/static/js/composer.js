import { api, problemText } from "./api.js";
import { announce, h, uid } from "./dom.js";
import { icon } from "./icons.js";
import { floating } from "./popover.js";
import { store } from "./store.js";

/** Unsent text per person and place, so that looking elsewhere loses nothing. */
const drafts = new Map();

/** The commands that the guide tells of, which is where a newcomer would look them up. */
function knownCommands() {
  const lines = store.state.guide.cards.flatMap((card) => card.lines).filter((line) => line.value?.startsWith("/"));
  return [...new Map(lines.map((line) => [line.value, { text: line.value, note: line.note || line.label }])).values()];
}

function suggestions(text) {
  if (!text.startsWith("/") || text.includes("\n")) return [];
  return knownCommands().filter((one) => one.text.startsWith(text.toLowerCase()) && one.text !== text);
}

/** A box to write in: Enter sends, Shift+Enter breaks the line, "/" offers the app's commands. */
export function composer({ channelId, threadTs = null, label, onSent = () => {} }) {
  const place = `${store.me.id}/${channelId}/${threadTs ?? ""}`;
  const ids = { text: uid("composer"), help: uid("help"), list: uid("commands") };
  let offered = [];
  let active = -1;
  let waiting = "";

  const field = h("textarea", {
    id: ids.text, class: "composer-field", rows: 1, placeholder: label, "aria-describedby": ids.help, "aria-autocomplete": "list",
    "aria-controls": ids.list, "data-composer": threadTs ? "thread" : "channel",
  });
  field.value = drafts.get(place) ?? "";
  const send = h("button", { type: "submit", class: "composer-send", "aria-label": "Send" }, icon("send", 18));
  const problem = h("p", { class: "composer-problem", role: "alert" });
  const list = h("div", { class: "listbox listbox--commands", role: "listbox", id: ids.list, "aria-label": "Commands" });
  const box = h("div", { class: "composer-box" }, field, send);
  const form = h("form", { class: "composer", on: { submit: (event) => { event.preventDefault(); post(); } } },
    problem, h("label", { class: "sr-only", for: ids.text }, label), box, list,
    h("p", { class: "composer-help", id: ids.help }, h("kbd", {}, "Enter"), " to send, ", h("kbd", {}, "Shift"), " + ", h("kbd", {}, "Enter"), " for a new line"));
  const float = floating(box, list, { matchWidth: true });

  function grow() {
    field.style.height = "auto";
    field.style.height = `${field.scrollHeight}px`;
    send.classList.toggle("composer-send--ready", field.value.trim() !== "");
  }

  function offer() {
    offered = suggestions(field.value.trimStart());
    list.replaceChildren(...offered.map((one, index) =>
      h("div", { class: "option", role: "option", id: `${ids.list}-${index}`, "aria-selected": "false",
        on: { pointerdown: (event) => event.preventDefault(), click: () => take(one) } },
        h("span", { class: "option-text" }, h("b", {}, one.text), one.note ? h("span", { class: "option-description" }, one.note) : null))));
    highlight(-1);
    if (offered.length) float.show();
    else float.hide();
  }

  function highlight(index) {
    active = index;
    [...list.children].forEach((node, at) => {
      node.classList.toggle("option--active", at === index);
      node.setAttribute("aria-selected", String(at === index));
    });
    if (index < 0) return field.removeAttribute("aria-activedescendant");
    list.children[index].scrollIntoView({ block: "nearest" });
    return field.setAttribute("aria-activedescendant", list.children[index].id);
  }

  function take(one) {
    write(one.text);
    offer();
  }

  function write(text) {
    field.value = text;
    drafts.set(place, text);
    grow();
    field.focus();
  }

  async function post() {
    const text = field.value.trim();
    if (!text) return;
    if (form.getAttribute("aria-busy") === "true") {
      waiting = text; // sent once the one before it has been answered
      return;
    }
    waiting = "";
    float.hide();
    problem.replaceChildren();
    form.setAttribute("aria-busy", "true");
    const answered = await api.message({ channel: channelId, text, ...(threadTs ? { thread_ts: threadTs } : {}) });
    form.removeAttribute("aria-busy");
    if (answered.ok === false) return refuse(problemText(answered));
    const now = field.value.trim();
    if (now === text) field.value = ""; // unless the next message has been begun meanwhile
    drafts.set(place, field.value);
    grow();
    if (waiting !== text && waiting === now) post();
    await store.refresh();
    onSent();
    if (text.startsWith("/")) announce("Command sent");
  }

  function refuse(text) {
    problem.replaceChildren(icon("alert", 16), text);
    field.focus();
  }

  field.addEventListener("input", () => {
    drafts.set(place, field.value);
    grow();
    offer();
  });
  field.addEventListener("blur", () => float.hide());
  field.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (float.shown() && ["ArrowDown", "ArrowUp"].includes(event.key)) {
      event.preventDefault();
      const step = event.key === "ArrowDown" ? 1 : -1;
      highlight(active < 0 && step < 0 ? offered.length - 1 : (active + step + offered.length) % offered.length);
    } else if (float.shown() && (event.key === "Tab" || (event.key === "Enter" && active >= 0)) && !event.shiftKey) {
      event.preventDefault();
      take(offered[Math.max(active, 0)]);
    } else if (float.shown() && event.key === "Escape") {
      event.preventDefault();
      event.stopPropagation();
      float.hide();
    } else if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      post();
    }
  });
  requestAnimationFrame(grow); // its height is known once it stands in the page
  return { node: form, write, focus: () => field.focus() };
}
