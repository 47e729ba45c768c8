import { append, h } from "./dom.js";
import { withEmoji } from "./emoji.js";
import { mrkdwn } from "./mrkdwn.js";

/** A Block Kit text object as a node. */
export function textNode(text, props = {}) {
  return append(h("div", { class: "text", ...props }), textParts(text));
}

/** The same without a wrapper, for headings and labels. */
export function textParts(text) {
  if (text.type === "mrkdwn") return mrkdwn(text.text);
  return text.text.split("\n").flatMap((line, index) => (index ? [h("br"), withEmoji(line)] : [withEmoji(line)]));
}

/** Words alone, for accessible names and announcements: marks, addresses and emoji codes left out. */
export function spoken(text) {
  return text
    .replace(/<([^|>]*)\|([^>]*)>/g, "$2")
    .replace(/[*_~`]/g, "")
    .replace(/:[+\w-]+:/g, "")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&amp;", "&")
    .trim();
}
