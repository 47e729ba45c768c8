/**
 * Slack's mrkdwn to DOM nodes. Source: Slack docs, "Formatting text for app surfaces".
 * The text comes from others: it becomes text nodes, and an address becomes a link only when it is http(s), mailto or tel.
 */

import { formatDateToken } from "./clock.js";
import { h, link, safeUrl } from "./dom.js";
import { emoji } from "./emoji.js";
import { store } from "./store.js";

/** Nodes for a block of mrkdwn: code blocks, quotes and lines. */
export function mrkdwn(text) {
  const nodes = [];
  text.split(/```\n?([\s\S]*?)```/).forEach((part, index) => {
    if (index % 2) nodes.push(h("pre", { class: "code-block" }, decode(part.replace(/\n$/, ""))));
    else nodes.push(...paragraphs(index ? part.replace(/^\n/, "") : part));
  });
  return nodes;
}

function paragraphs(text) {
  const nodes = [];
  let quote = null;
  const lines = text.split("\n");
  lines.forEach((line, index) => {
    const quoted = /^(?:&gt;|>) ?(.*)$/.exec(line);
    if (quoted) {
      if (quote) quote.append(h("br"));
      else nodes.push((quote = h("blockquote", { class: "quote" })));
      quote.append(...inline(quoted[1]));
      return;
    }
    const afterQuote = quote !== null;
    quote = null;
    if (index && !afterQuote) nodes.push(h("br"));
    nodes.push(...inline(line));
  });
  return nodes;
}

/** The styles, outermost first; each needs a boundary outside and no space inside its marks, as in Slack. */
const STYLES = { "*": "strong", _: "em", "~": "s" };
const WORD = /[\p{L}\p{N}]/u;

/** Nodes for one line of mrkdwn. */
export function inline(text) {
  const nodes = [];
  let plain = "";
  const flush = () => {
    if (plain) nodes.push(...autolinked(decode(plain)));
    plain = "";
  };
  for (let at = 0; at < text.length; ) {
    const found = codeAt(text, at) ?? tokenAt(text, at) ?? emojiAt(text, at) ?? styleAt(text, at);
    if (!found) {
      plain += text[at++];
      continue;
    }
    flush();
    nodes.push(found.node);
    at = found.end;
  }
  flush();
  return nodes;
}

function codeAt(text, at) {
  if (text[at] !== "`") return null;
  const end = text.indexOf("`", at + 1);
  if (end <= at + 1) return null;
  return { node: h("code", { class: "code" }, decode(text.slice(at + 1, end))), end: end + 1 };
}

function styleAt(text, at) {
  const tag = STYLES[text[at]];
  if (!tag || (at > 0 && WORD.test(text[at - 1])) || /\s/.test(text[at + 1] ?? " ")) return null;
  for (let end = text.indexOf(text[at], at + 2); end > 0; end = text.indexOf(text[at], end + 1)) {
    const closes = !/\s/.test(text[end - 1]) && !WORD.test(text[end + 1] ?? " ");
    if (closes) return { node: h(tag, {}, inline(text.slice(at + 1, end))), end: end + 1 };
  }
  return null;
}

function emojiAt(text, at) {
  if (text[at] !== ":") return null;
  const match = /^:([+\w-]+):(?::skin-tone-[2-6]:)?/.exec(text.slice(at, at + 60));
  const character = match && emoji(match[1]);
  return character ? { node: emojiNode(match[1], character), end: at + match[0].length } : null;
}

/** An emoji is an image to screen readers, named in words. */
export function emojiNode(name, character = emoji(name)) {
  if (!character) return document.createTextNode(`:${name}:`);
  return h("span", { class: "emoji", role: "img", "aria-label": name.replaceAll("_", " ") }, character);
}

/** `<@U1>`, `<#C1|name>`, `<!here>`, `<!date^...|...>`, `<https://...|label>`; anything else in angle brackets is text. */
function tokenAt(text, at) {
  if (text[at] !== "<") return null;
  const end = text.indexOf(">", at);
  if (end < 0) return null;
  const inner = text.slice(at + 1, end);
  const bar = inner.indexOf("|");
  const target = bar < 0 ? inner : inner.slice(0, bar);
  const label = bar < 0 ? null : decode(inner.slice(bar + 1));
  const node = tokenNode(target, label, /^\s*$|[.!?]\s+$/.test(text.slice(0, at)));
  return node && { node, end: end + 1 };
}

function tokenNode(target, label, starts) {
  if (/^@[UW]\w+$/.test(target)) return userMention(target.slice(1), label);
  if (/^#C\w+$/.test(target)) return channelMention(target.slice(1), label);
  if (/^!(here|channel|everyone)$/.test(target)) return h("span", { class: "mention mention--all" }, `@${target.slice(1)}`);
  if (target.startsWith("!subteam^")) return h("span", { class: "mention" }, label ?? "@group");
  if (target.startsWith("!date^")) return dateNode(target, label, starts);
  if (!/^(https?:|mailto:|tel:)/i.test(target)) return null;
  const address = decode(target);
  return safeUrl(address) ? link(address, label ?? address.replace(/^(mailto|tel):/i, "")) : null;
}

export function userMention(id, label = null) {
  const mine = id === store.me.id;
  return h("span", { class: mine ? "mention mention--me" : "mention" }, `@${store.nameOf(id) ?? label ?? "unknown"}`);
}

export function channelMention(id, label = null) {
  const channel = store.channel(id);
  if (!channel) return h("span", { class: "mention" }, `#${label ?? "private channel"}`);
  return h("a", { class: "mention", href: `#channel/${id}` }, `#${store.channelName(channel)}`);
}

function dateNode(target, fallback, starts) {
  const [, seconds, pattern, address] = target.split("^");
  const text = formatDateToken(seconds, decode(pattern ?? ""), fallback ?? "", { starts });
  const moment = new Date(Number(seconds) * 1000);
  const node = h("time", { datetime: Number.isNaN(moment.getTime()) ? null : moment.toISOString(), title: fallback }, text);
  return address ? link(decode(address), node) : node;
}

/** Slack escapes these three characters and no others. */
export const decode = (text) => text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");

function autolinked(text) {
  return text.split(/(https?:\/\/[^\s<>"]*[^\s<>"'.,;:!?)\]])/g).map((part, index) => (index % 2 ? link(part, part) : part));
}
