import { api } from "./api.js";
import { composer } from "./composer.js";
import { announce, h } from "./dom.js";
import { icon } from "./icons.js";
import { MessageList } from "./messages.js";
import { authorOf } from "./people.js";
import { store } from "./store.js";
import { spoken } from "./text.js";

const SPOKEN_LENGTH = 300;

/** Names a channel the way people say it: "#payroll", or the bot's name. */
export const channelLabel = (channel) => (channel.is_im ? store.channelName(channel) : `#${channel.name}`);

const inChannel = (message) => !message.thread_ts || message.thread_ts === message.ts || message.subtype === "thread_broadcast";

/** The main view of one channel or of the direct conversation with the bot. */
export class Conversation {
  #known = new Set();
  #reading = false;

  constructor(channelId) {
    this.channelId = channelId;
    const channel = store.channel(channelId);
    const label = channelLabel(channel);
    this.title = label;
    this.list = new MessageList(channelId, { label: `Messages in ${label}`, opening: opening(channel) });
    const closed = closedBecause(channel);
    this.composer = closed
      ? { node: h("p", { class: "archived" }, icon("lock", 16), closed), write() {}, focus() {} }
      : composer({ channelId, label: `Message ${label}`, onSent: () => this.#show({ toEnd: true }) });
    this.node = h("div", { class: "conversation", "data-channel": channelId }, this.list.node, this.composer.node);
  }

  get subtitle() {
    return store.channel(this.channelId).topic;
  }

  mounted() {
    this.#known = new Set(store.messages(this.channelId).map((message) => message.ts));
    this.#show({ toEnd: true });
  }

  update() {
    this.#show();
    this.#announceNew();
  }

  #show(options) {
    this.list.update(store.messages(this.channelId).filter(inChannel), options);
    this.#markRead();
  }

  #announceNew() {
    for (const message of store.messages(this.channelId)) {
      if (this.#known.has(message.ts)) continue;
      this.#known.add(message.ts);
      if (message.user === store.me.id) continue;
      announce(`${authorOf(message).name}: ${spoken(message.text ?? "").slice(0, SPOKEN_LENGTH)}`);
    }
  }

  async #markRead() {
    if (this.#reading || document.hidden || !store.channel(this.channelId).unread) return;
    this.#reading = true;
    await api.read(this.channelId);
    this.#reading = false;
  }
}

function closedBecause(channel) {
  if (channel.is_archived) return "This channel is archived. Nothing can be written here.";
  if (!channel.is_member) return "You read along here. Only members of the channel can write in it.";
  return channel.is_read_only ? "Messages to this app are turned off. Type its commands in a channel." : null;
}

function opening(channel) {
  const text = channel.is_im
    ? "This is where the bot writes to you alone."
    : channel.is_private
      ? "A private channel: only its members see what is written here."
      : "A public channel: everyone in the workspace can read along.";
  return h("div", { class: "opening" }, h("div", { class: "opening-mark" }, icon(channel.is_im ? "bot" : channel.is_private ? "lock" : "hash", 26)),
    h("p", { class: "opening-title" }, channelLabel(channel)), h("p", {}, text));
}

/** The thread beside the channel. */
export class Thread {
  constructor(channelId, threadTs) {
    this.channelId = channelId;
    this.threadTs = threadTs;
    this.list = new MessageList(channelId, { label: "Messages in the thread", inThread: true });
    this.composer = closedBecause(store.channel(channelId)) ? null : composer({ channelId, threadTs, label: "Reply", onSent: () => this.update({ toEnd: true }) });
    this.node = h("div", { class: "conversation conversation--thread", "data-thread": threadTs }, this.list.node, this.composer?.node);
  }

  update(options) {
    const inThread = (message) => message.ts === this.threadTs || message.thread_ts === this.threadTs;
    this.list.update(store.messages(this.channelId).filter(inThread), options);
  }
}
