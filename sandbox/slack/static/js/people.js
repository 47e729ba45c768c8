import { h } from "./dom.js";
import { icon } from "./icons.js";
import { store } from "./store.js";

const HUES = 8;

function initials(name) {
  const words = name.split(/\s+/).filter(Boolean);
  return (words.length > 1 ? words[0][0] + words.at(-1)[0] : name.slice(0, 2)).toLocaleUpperCase();
}

/** A coloured square with initials, the same for a person everywhere; the bot has its own mark. Decorative. */
export function avatar({ id, name, bot = false }, size = "") {
  const hue = [...(id ?? name)].reduce((sum, letter) => (sum * 33 + letter.charCodeAt(0)) >>> 0, 7) % HUES;
  return h("span", { class: `avatar ${bot ? "avatar--bot" : ""} ${size}`, "data-hue": hue, "aria-hidden": "true" }, bot ? icon("bot", 20) : initials(name));
}

/** Who wrote a message: {id, name, bot}. Apps may post under another name. */
export function authorOf(message) {
  const name = message.username || store.nameOf(message.user) || (message.bot ? store.state.app.name : "Slackbot");
  return { id: message.user, name, bot: Boolean(message.bot) };
}

export const ROLES = { owner: "Owner", admin: "Admin", member: "Member", guest: "Guest" };
