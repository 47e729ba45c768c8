import { api, problemText } from "./api.js";
import { announce, h, uid } from "./dom.js";
import { icon } from "./icons.js";
import { store } from "./store.js";

/** The stand-ins change by the bot's doing, which the workspace's events do not always tell of. */
const LOOK_EVERY_MS = 2000;
const NEW_FOR_MS = 8000;

/** What a connected system holds, as tables that follow it live; rows that arrive are marked for a while. */
export class System {
  #json = "";
  #timer = 0;
  #seen = new Map();
  #filter = "";
  #loading = null;

  constructor(id) {
    this.id = id;
    this.title = store.state.systems.find((system) => system.id === id).title;
    this.subtitle = "What this system holds right now";
    const filterId = uid("filter");
    this.search = h("input", { id: filterId, type: "search", class: "field", placeholder: "Filter rows", on: { input: () => { this.#filter = this.search.value.trim().toLowerCase(); this.#applyFilter(); } } });
    this.note = h("p", { class: "system-note" });
    this.tables = h("div", { class: "system-tables" }, h("p", { class: "loading" }, "Looking into the system…"));
    this.node = h("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": this.title, "data-system": id },
      h("div", { class: "system" },
        h("div", { class: "system-bar" }, this.note, h("div", { class: "system-search" }, h("label", { class: "sr-only", for: filterId }, "Filter rows"), icon("search", 16), this.search)),
        this.tables));
  }

  mounted() {
    this.update();
    this.#timer = setInterval(() => document.hidden || this.update(), LOOK_EVERY_MS);
  }

  unmounted() {
    clearInterval(this.#timer);
  }

  async update() {
    this.#loading ??= api.system(this.id);
    const content = await this.#loading;
    this.#loading = null;
    if (content.ok === false) return this.#failed(content);
    const json = JSON.stringify(content);
    if (json === this.#json) return undefined;
    this.#json = json;
    return this.#show(content);
  }

  #failed(answered) {
    this.#json = "";
    this.tables.replaceChildren(h("div", { class: "empty" }, icon("alert", 28), h("p", {}, problemText(answered))));
  }

  #show(content) {
    this.note.textContent = content.note ?? "";
    const scrolls = [...this.tables.querySelectorAll(".table-scroll")].map((box) => [box.scrollLeft, box.scrollTop]);
    this.tables.replaceChildren(...content.tables.map((table) => this.#table(table)));
    this.tables.querySelectorAll(".table-scroll").forEach((box, index) => box.scrollTo(...(scrolls[index] ?? [0, 0])));
    this.#applyFilter();
  }

  #table({ title, columns, rows }) {
    const known = this.#seen.get(title);
    const fresh = new Set();
    const body = rows.map((row) => {
      const json = JSON.stringify(row);
      const isNew = known && !known.has(json);
      if (isNew) fresh.add(json);
      return h("tr", { class: isNew ? "row--new" : null }, row.map((cell) => h("td", {}, cellText(cell))));
    });
    this.#seen.set(title, new Set(rows.map((row) => JSON.stringify(row))));
    if (fresh.size) {
      announce(`${title}: ${fresh.size} new or changed ${fresh.size === 1 ? "row" : "rows"}`);
      setTimeout(() => body.forEach((row) => row.classList.remove("row--new")), NEW_FOR_MS);
    }
    return h("section", { class: "system-table" },
      h("h3", {}, title, h("span", { class: "count" }, String(rows.length), h("span", { class: "sr-only" }, " rows"))),
      rows.length
        ? h("div", { class: "table-scroll", tabindex: 0, role: "region", "aria-label": title },
          h("table", { class: "table" }, h("thead", {}, h("tr", {}, columns.map((column) => h("th", { scope: "col" }, column)))), h("tbody", {}, body)))
        : h("p", { class: "system-empty" }, "Nothing here yet."));
  }

  #applyFilter() {
    for (const row of this.tables.querySelectorAll("tbody tr"))
      row.hidden = this.#filter !== "" && !row.textContent.toLowerCase().includes(this.#filter);
  }
}

const cellText = (cell) => (cell === null || cell === undefined ? "" : cell === true ? "yes" : cell === false ? "no" : String(cell));
