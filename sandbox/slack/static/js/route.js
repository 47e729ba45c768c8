/** The page's place, kept in the address: #channel/C1, #channel/C1/<thread ts>, #home, #system/<id>. */

import { store } from "./store.js";

/** {kind: "channel", id, thread|null} | {kind: "home"} | {kind: "system", id}; an unknown place becomes the first channel. */
export function currentRoute() {
  const [kind, id, thread] = location.hash.slice(1).split("/").map(decodeURIComponent);
  if (kind === "home") return { kind };
  if (kind === "system" && store.state.systems.some((system) => system.id === id)) return { kind, id };
  if (kind === "channel" && store.channel(id)) return { kind, id, thread: thread ?? null };
  return { kind: "channel", id: firstChannel(), thread: null };
}

function firstChannel() {
  const { channels } = store.state;
  const open = channels.filter((channel) => !channel.is_im && !channel.is_archived);
  return (open.find((channel) => channel.is_member) ?? open[0] ?? channels[0])?.id;
}

export const channelHref = (id, thread = null) => `#channel/${encodeURIComponent(id)}${thread ? `/${encodeURIComponent(thread)}` : ""}`;

export function go(href) {
  location.hash = href.slice(1);
}
