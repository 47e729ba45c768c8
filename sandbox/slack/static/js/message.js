import { BlockList } from "./blocks.js";
import { fullTimeOf, isoOf, timeOf } from "./clock.js";
import { h, safeUrl } from "./dom.js";
import { icon } from "./icons.js";
import { mrkdwn } from "./mrkdwn.js";
import { authorOf, avatar } from "./people.js";
import { channelHref } from "./route.js";
import { Surface } from "./surface.js";

/** One message as a list item that is updated in place, so that an edit disturbs neither focus nor choices made in it. */
export class MessageItem {
  #json = "";

  constructor(channelId, ts, { inThread }) {
    this.channelId = channelId;
    this.inThread = inThread;
    this.body = h("div", { class: "message-body" });
    this.blocks = new BlockList(this.body, new Surface({ type: "message", channel: channelId, ts }, { channelId }));
    this.gutter = h("div", { class: "message-gutter" });
    this.head = h("div", { class: "message-head" });
    this.foot = h("div", { class: "message-foot" });
    this.tools = h("div", { class: "message-tools" });
    this.node = h("li", { class: "message", "data-ts": ts, "data-channel": channelId },
      this.gutter, h("div", { class: "message-main" }, this.head, this.body, this.foot), this.tools);
  }

  /** `continued`: the same author wrote the message before it a moment ago, so the name need not stand again. */
  update(message, { continued }) {
    const json = JSON.stringify([message, continued]);
    if (json === this.#json) return;
    this.#json = json;
    const author = authorOf(message);
    this.node.classList.toggle("message--continued", continued);
    this.node.classList.toggle("message--ephemeral", Boolean(message.ephemeral));
    this.node.toggleAttribute("data-ephemeral", Boolean(message.ephemeral));
    this.gutter.replaceChildren(...(continued ? [this.#time(message)] : [avatar(author)]));
    this.head.replaceChildren(
      h("span", { class: continued ? "sr-only" : "author" }, author.name),
      ...(author.bot && !continued ? [h("span", { class: "tag" }, "App")] : []),
      ...(continued ? [] : [this.#time(message)]),
      ...(message.ephemeral ? [h("span", { class: "only-you" }, icon("eye", 14), "Only visible to you")] : []),
    );
    if (message.blocks?.length) {
      if (this.body.dataset.plain) this.body.replaceChildren();
      delete this.body.dataset.plain;
      this.blocks.update(message.blocks);
    } else {
      this.blocks.update([]);
      this.body.dataset.plain = "yes";
      this.body.replaceChildren(h("div", { class: "text" }, mrkdwn(message.text ?? "")));
    }
    this.foot.replaceChildren(
      ...(message.edited ? [h("span", { class: "edited" }, "(edited)")] : []),
      ...(message.files?.length ? [h("ul", { class: "files", "aria-label": "Files" }, message.files.map(fileItem))] : []),
      ...this.#replies(message),
    );
    this.tools.replaceChildren(...this.#toolButtons(message));
  }

  #time(message) {
    return h("time", { class: "time", datetime: isoOf(message.ts), title: fullTimeOf(message.ts) }, timeOf(message.ts));
  }

  #replies(message) {
    const count = message.reply_count ?? 0;
    if (this.inThread || !count) return [];
    const text = count === 1 ? "1 reply" : `${count} replies`;
    const href = channelHref(this.channelId, message.ts);
    return [h("a", { class: "replies", href, "data-focus": `replies/${message.ts}` }, icon("reply", 15), text, h("span", { class: "replies-hint" }, "View thread"))];
  }

  #toolButtons(message) {
    if (this.inThread || message.ephemeral) return []; // an ephemeral message can have no thread
    const href = channelHref(this.channelId, message.thread_ts ?? message.ts);
    return [h("a", { class: "tool", href, title: "Reply in thread", "aria-label": `Reply in thread to ${authorOf(message).name}, ${timeOf(message.ts)}` }, icon("reply", 17))];
  }
}

const KB = 1024;
const sizeText = (bytes) => (bytes < KB ? `${bytes} bytes` : bytes < KB * KB ? `${Math.round(bytes / KB)} kB` : `${(bytes / KB / KB).toFixed(1)} MB`);

function fileItem(file) {
  return h("li", {},
    h("a", { class: "file", href: safeUrl(file.url), download: file.name, "data-file-id": file.id },
      h("span", { class: "file-icon" }, icon("file", 20)),
      h("span", { class: "file-text" }, h("span", { class: "file-title" }, file.title || file.name), h("span", { class: "file-meta" }, `${file.name}, ${sizeText(file.size)}`)),
      h("span", { class: "file-download" }, icon("download", 17), h("span", { class: "sr-only" }, "Download"))));
}
