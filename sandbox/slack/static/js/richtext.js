/** `rich_text` blocks to DOM nodes. Source: Slack docs, rich text block. */

import { formatDateToken } from "./clock.js";
import { h, link } from "./dom.js";
import { channelMention, emojiNode, userMention } from "./mrkdwn.js";

export const richText = (block) => block.elements.map(part);

function part(element) {
  switch (element.type) {
    case "rich_text_section":
      return h("p", { class: "paragraph" }, pieces(element.elements));
    case "rich_text_list":
      return h(
        element.style === "ordered" ? "ol" : "ul",
        { class: "list", "data-indent": element.indent || null, start: element.offset ? element.offset + 1 : null },
        element.elements.map((item) => h("li", {}, pieces(item.elements))),
      );
    case "rich_text_preformatted":
      return h("pre", { class: "code-block" }, pieces(element.elements));
    case "rich_text_quote":
      return h("blockquote", { class: "quote" }, pieces(element.elements));
    default:
      return null;
  }
}

const pieces = (elements) => elements.map(piece);

function piece(element) {
  switch (element.type) {
    case "text":
      return styled(multiline(element.text), element.style);
    case "link":
      return styled([link(element.url, element.text ?? element.url)], element.style);
    case "emoji":
      return emojiNode(element.name);
    case "user":
      return userMention(element.user_id);
    case "channel":
      return channelMention(element.channel_id);
    case "usergroup":
      return h("span", { class: "mention" }, "@group");
    case "broadcast":
      return h("span", { class: "mention mention--all" }, `@${element.range}`);
    case "date":
      return h("time", {}, formatDateToken(element.timestamp, element.format, element.fallback ?? ""));
    case "color":
      return h("code", { class: "code" }, element.value);
    default:
      return null;
  }
}

const multiline = (text) => text.split("\n").flatMap((line, index) => (index ? [h("br"), line] : [line]));

const TAGS = { bold: "strong", italic: "em", strike: "s", underline: "u" };

function styled(nodes, style = {}) {
  let wrapped = style.code ? h("code", { class: "code" }, nodes) : nodes;
  for (const [name, tag] of Object.entries(TAGS)) if (style[name]) wrapped = h(tag, {}, wrapped);
  return wrapped;
}
