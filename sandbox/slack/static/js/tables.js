/** `table` and `data_table` blocks. Source: Slack docs, table block and data table block. */

import { h } from "./dom.js";
import { withEmoji } from "./emoji.js";
import { icon } from "./icons.js";
import { richText } from "./richtext.js";

const DEFAULT_PAGE_SIZE = 5;

function cellContent(cell) {
  if (cell.type === "rich_text") return richText(cell);
  return withEmoji(String(cell.text ?? cell.value ?? ""));
}

function cellProps(cell, settings) {
  const align = settings?.align ?? (cell.type === "raw_number" ? "right" : null);
  return { "data-align": align, "data-wrap": settings?.is_wrapped ? "" : null };
}

const scrollBox = (label, table) => h("div", { class: "table-scroll", tabindex: 0, role: "region", "aria-label": label }, table);

const plain = (cell) => (cell.type === "rich_text" ? (richTextWords(cell) ?? "") : String(cell.text ?? cell.value ?? ""));
const richTextWords = (node) => node.text ?? node.elements?.map(richTextWords).join(" ");

/** Slack's `table` has no caption: it is called by what stands right above it (nameTables), else by its columns. */
export function table(block) {
  const settings = block.column_settings ?? [];
  const [head, ...rows] = block.rows;
  return scrollBox(
    head.map(plain).join(", "),
    h("table", { class: "table" },
      h("thead", {}, h("tr", {}, head.map((cell, column) => h("th", { scope: "col", ...cellProps(cell, settings[column]) }, cellContent(cell))))),
      h("tbody", {}, rows.map((row) => h("tr", {}, row.map((cell, column) => h("td", cellProps(cell, settings[column]), cellContent(cell))))))),
  );
}

function compare(a, b) {
  if (a.type === "raw_number" && b.type === "raw_number") return a.value - b.value;
  return plain(a).localeCompare(plain(b), undefined, { numeric: true });
}

const isCaption = (block) => block?.type === "header" || (block?.type === "section" && block.text !== undefined);

/** The node may not be in the page yet, where innerText knows no lines. */
function firstLine(node) {
  const copy = node.cloneNode(true);
  copy.querySelectorAll("br").forEach((end) => end.replaceWith("\n"));
  return copy.textContent.trim().split("\n")[0];
}

/** Names each table by the first line of the heading or section above it. */
export function nameTables(blocks, nodes) {
  blocks.forEach((block, index) => {
    if (block.type !== "table" || !isCaption(blocks[index - 1])) return;
    const words = firstLine(nodes[index - 1]);
    if (words) nodes[index].setAttribute("aria-label", words);
  });
}

/** Pages and sorts in the page, as Slack's client does; the bot hears nothing of it. */
export function dataTable(block) {
  const [head, ...all] = block.rows;
  const size = block.page_size ?? DEFAULT_PAGE_SIZE;
  const rowHeader = block.row_header_column_index ?? 0;
  const pages = Math.max(1, Math.ceil(all.length / size));
  let page = 0;
  let sort = null;

  const body = h("tbody");
  const heads = head.map((cell, column) => h("th", { scope: "col", ...cellProps(all[0]?.[column] ?? cell) },
    h("button", { type: "button", class: "table-sort", on: { click: () => sortBy(column) } }, cellContent(cell), icon("sort", 12))));
  const status = h("span", { role: "status" });
  const step = (label, by) => h("button", { type: "button", class: "button button--small", on: { click: () => turn(by) } }, label);
  const previous = step("Previous page", -1);
  const next = step("Next page", 1);

  function turn(by) {
    page = Math.max(0, Math.min(pages - 1, page + by));
    show();
  }

  function sortBy(column) {
    sort = { column, down: sort?.column === column && !sort.down };
    page = 0;
    show();
  }

  function show() {
    const sorted = sort ? [...all].sort((a, b) => compare(a[sort.column], b[sort.column]) * (sort.down ? -1 : 1)) : all;
    const rows = sorted.slice(page * size, (page + 1) * size);
    heads.forEach((node, column) => node.setAttribute("aria-sort", sort?.column !== column ? "none" : sort.down ? "descending" : "ascending"));
    body.replaceChildren(...rows.map((row) => h("tr", {}, row.map((cell, column) =>
      column === rowHeader ? h("th", { scope: "row", ...cellProps(cell) }, cellContent(cell)) : h("td", cellProps(cell), cellContent(cell))))));
    status.textContent = `Page ${page + 1} of ${pages}, ${all.length} rows`;
    previous.toggleAttribute("disabled", page === 0);
    next.toggleAttribute("disabled", page === pages - 1);
  }

  show();
  return h("div", { class: "data-table" },
    scrollBox(block.caption, h("table", { class: "table" }, h("caption", {}, block.caption), h("thead", {}, h("tr", {}, heads)), body)),
    pages > 1 ? h("div", { class: "pager" }, previous, status, next) : null);
}
