/** Standard Markdown (the `markdown` block) to DOM nodes: the subset that Slack shows. */

import { h, link } from "./dom.js";
import { withEmoji } from "./emoji.js";

const FENCE = /^```/;
const HEADING = /^(#{1,6})\s+(.*)$/;
const BULLET = /^\s*[-*+]\s+(.*)$/;
const NUMBER = /^\s*\d+[.)]\s+(.*)$/;
const QUOTE = /^>\s?(.*)$/;
const RULE = /^\s*([-*_])(\s*\1){2,}\s*$/;
const TABLE_RULE = /^\s*\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?\s*$/;

export function markdown(text) {
  const lines = text.split("\n");
  const nodes = [];
  while (lines.length) nodes.push(takeBlock(lines));
  return nodes.filter(Boolean);
}

/** Takes one block's lines from the front. */
function takeBlock(lines) {
  const first = lines[0];
  if (!first.trim()) return void lines.shift();
  if (FENCE.test(first)) return fence(lines);
  if (HEADING.test(first)) return heading(lines.shift());
  if (RULE.test(first)) return lines.shift() && h("hr", { class: "rule" });
  if (QUOTE.test(first)) return h("blockquote", { class: "quote" }, markdown(takeWhile(lines, QUOTE).join("\n")));
  if (BULLET.test(first)) return list("ul", takeWhile(lines, BULLET));
  if (NUMBER.test(first)) return list("ol", takeWhile(lines, NUMBER));
  if (first.includes("|") && TABLE_RULE.test(lines[1] ?? "")) return table(lines);
  return paragraph(lines);
}

function takeWhile(lines, pattern) {
  const taken = [];
  for (let match; lines.length && (match = pattern.exec(lines[0])); lines.shift()) taken.push(match[1]);
  return taken;
}

function fence(lines) {
  lines.shift();
  const end = lines.findIndex((line) => FENCE.test(line));
  const code = lines.splice(0, end < 0 ? lines.length : end);
  lines.shift();
  return h("pre", { class: "code-block" }, code.join("\n"));
}

function heading(line) {
  const [, marks, text] = HEADING.exec(line);
  return h("h3", { class: "block-header", "data-level": Math.min(marks.length, 4) }, inline(text));
}

const list = (tag, items) => h(tag, { class: "list" }, items.map((item) => h("li", {}, inline(item))));

const cells = (line) => line.trim().replace(/^\||\|$/g, "").split("|").map((cell) => inline(cell.trim()));

function table(lines) {
  const label = lines[0].split("|").map((cell) => cell.trim()).filter(Boolean).join(", ");
  const head = cells(lines.shift());
  lines.shift();
  const rows = [];
  while (lines.length && lines[0].includes("|")) rows.push(cells(lines.shift()));
  return h(
    "div",
    { class: "table-scroll", tabindex: 0, role: "region", "aria-label": label },
    h("table", { class: "table" },
      h("thead", {}, h("tr", {}, head.map((cell) => h("th", { scope: "col" }, cell)))),
      h("tbody", {}, rows.map((row) => h("tr", {}, row.map((cell) => h("td", {}, cell)))))),
  );
}

const STARTS = [FENCE, HEADING, RULE, QUOTE, BULLET, NUMBER];

function paragraph(lines) {
  const nodes = [];
  do {
    if (nodes.length) nodes.push(h("br"));
    nodes.push(inline(lines.shift()));
  } while (lines.length && lines[0].trim() && !STARTS.some((start) => start.test(lines[0])));
  return h("p", { class: "paragraph" }, nodes);
}

/** The first mark that matches at the earliest place wins; what it encloses is read again. */
const MARKS = [
  [/`([^`]+)`/, (match) => h("code", { class: "code" }, match[1])],
  [/\[([^\]]+)\]\(([^)\s]+)\)/, (match) => link(match[2], inline(match[1]))],
  [/\*\*(?=\S)(.+?)\*\*/, (match) => h("strong", {}, inline(match[1]))],
  [/~~(?=\S)(.+?)~~/, (match) => h("s", {}, inline(match[1]))],
  [/(?<![\w*])[*_](?=\S)(.+?)[*_](?!\w)/, (match) => h("em", {}, inline(match[1]))],
];

function inline(text) {
  let best = null;
  for (const [pattern, build] of MARKS) {
    const match = pattern.exec(text);
    if (match && (!best || match.index < best.match.index)) best = { match, build };
  }
  if (!best) return [withEmoji(text)];
  const { match, build } = best;
  return [withEmoji(text.slice(0, match.index)), build(match), ...inline(text.slice(match.index + match[0].length))];
}
