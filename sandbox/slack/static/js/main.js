/** Puts the page together: one state, one place in the address, and the parts that show them. */

import { h, keepingFocus } from "./dom.js";
import { Conversation, Thread } from "./conversation.js";
import { Guide } from "./guide.js";
import { Home } from "./home.js";
import { icon } from "./icons.js";
import { ModalHost } from "./modal.js";
import { channelHref, currentRoute, go } from "./route.js";
import { Sidebar } from "./sidebar.js";
import { store } from "./store.js";
import { System } from "./system.js";

const GUIDE_KEY = "sandbox.guide";
const WIDE = matchMedia("(min-width: 1100px)");
const NARROW = matchMedia("(max-width: 760px)");

const root = document.getElementById("app");
const parts = {
  sidebar: document.getElementById("sidebar"),
  main: document.getElementById("main"),
  side: document.getElementById("side"),
  banner: document.getElementById("banner"),
};

let view = null;
let viewKey = "";
let thread = null;
let threadKey = "";
let guideOpen = guideWanted();

const sidebar = new Sidebar(parts.sidebar);
const guide = new Guide({ use: typeForMe });
const modal = new ModalHost(document.getElementById("modal"), { channelId: () => (currentRoute().kind === "channel" ? currentRoute().id : null) });

const VIEWS = { channel: ({ id }) => new Conversation(id), home: () => new Home(), system: ({ id }) => new System(id) };

/** Beside the conversation the guide stands open until closed; where it would cover it, it waits to be called. */
function guideWanted() {
  return WIDE.matches && localStorage.getItem(GUIDE_KEY) !== "closed";
}

function render() {
  if (!store.state) return;
  const route = currentRoute();
  root.removeAttribute("data-loading");
  document.getElementById("workspace").textContent = store.state.team.name;
  sidebar.update(route);
  showMain(route);
  showSide(route);
  showBanner();
  modal.update(store.state.modal);
  guide.update();
}

function showMain(route) {
  const key = JSON.stringify([store.me.id, route.kind, route.id]);
  if (key === viewKey) return view.update();
  viewKey = key;
  view?.unmounted?.();
  view = VIEWS[route.kind](route);
  document.title = `${view.title} | ${store.state.team.name}`;
  parts.main.replaceChildren(mainHead(route), view.node);
  view.mounted();
  if (!NARROW.matches) view.composer?.focus();
  return undefined;
}

function mainHead(route) {
  const menu = h("button", { type: "button", class: "icon-button only-narrow", "aria-label": "Channels and systems", "aria-controls": "sidebar", "aria-expanded": "false", id: "menu-button",
    on: { click: () => openDrawer(true) } }, icon("menu", 22));
  const guideButton = h("button", { type: "button", class: "guide-toggle", id: "guide-button", "aria-controls": "side", "aria-expanded": String(guideOpen), on: { click: toggleGuide } },
    icon("guide", 18), h("span", {}, "Guide"));
  const channel = route.kind === "channel" ? store.channel(route.id) : null;
  const mark = route.kind === "system" ? "database" : route.kind === "home" ? "home" : channel.is_im ? "bot" : channel.is_private ? "lock" : "hash";
  const title = channel && !channel.is_im ? channel.name : view.title;
  return h("header", { class: "main-head" }, menu, h("span", { class: "main-mark" }, icon(mark, 18)),
    h("div", { class: "main-title" }, h("h2", {}, title), view.subtitle ? h("p", {}, view.subtitle) : null), guideButton);
}

function showSide(route) {
  const key = route.thread ? JSON.stringify([store.me.id, route.id, route.thread]) : "";
  root.dataset.side = key ? "thread" : guideOpen ? "guide" : "none"; // first, for what is hidden has no height to scroll
  if (key && key === threadKey) thread.update();
  else if (key) {
    thread = new Thread(route.id, route.thread);
    const close = h("a", { class: "icon-button", href: channelHref(route.id), "aria-label": "Close thread", id: "thread-close" }, icon("close", 20));
    parts.side.replaceChildren(h("header", { class: "side-head" }, h("h2", {}, "Thread"), close), thread.node);
    thread.update({ toEnd: true });
    (thread.composer ?? close).focus();
  } else if (threadKey || !parts.side.contains(guide.node)) {
    const left = threadKey && JSON.parse(threadKey)[2];
    const close = h("button", { type: "button", class: "icon-button", "aria-label": "Close guide", on: { click: toggleGuide } }, icon("close", 20));
    parts.side.replaceChildren(h("header", { class: "side-head" }, h("h2", {}, "Guide"), close), guide.node);
    if (left) parts.main.querySelector(`[data-ts="${CSS.escape(left)}"] .replies`)?.focus();
  }
  threadKey = key;
  parts.side.setAttribute("aria-label", key ? "Thread" : "Guide");
}

function toggleGuide() {
  guideOpen = !guideOpen;
  if (WIDE.matches) localStorage.setItem(GUIDE_KEY, guideOpen ? "open" : "closed");
  const button = document.getElementById("guide-button");
  if (currentRoute().thread) go(channelHref(currentRoute().id)); // the guide takes the thread's place
  button.setAttribute("aria-expanded", String(guideOpen));
  render();
  if (guideOpen) parts.side.querySelector("button")?.focus();
  else button.focus();
}

/** From the guide to the composer: the newcomer sees what would be sent, and sends it. */
function typeForMe(text) {
  if (!WIDE.matches && guideOpen) toggleGuide();
  if (currentRoute().kind !== "channel") {
    go("#channel/");
    render();
  }
  view.composer.write(text);
}

function openDrawer(open) {
  root.toggleAttribute("data-drawer", open);
  document.getElementById("menu-button")?.setAttribute("aria-expanded", String(open));
  if (open) parts.sidebar.querySelector("[aria-current], a")?.focus();
  else document.getElementById("menu-button")?.focus();
}

function showBanner() {
  const text = !store.online
    ? "The connection to the sandbox is lost. Trying again…"
    : store.state?.connected ?? true
      ? null
      : "The bot is not connected. Commands and buttons will fail until it is started.";
  if ((parts.banner.textContent || null) === text) return;
  parts.banner.replaceChildren(...(text ? [h("div", { class: "banner", role: "alert" }, icon("alert", 18), h("span", {}, text))] : []));
}

store.addEventListener("change", render);
store.addEventListener("actor", render);
store.addEventListener("link", showBanner);
addEventListener("hashchange", () => {
  if (root.hasAttribute("data-drawer")) openDrawer(false);
  keepingFocus(parts.sidebar, render);
});
document.addEventListener("visibilitychange", render);
WIDE.addEventListener("change", () => {
  guideOpen = guideWanted();
  document.getElementById("guide-button")?.setAttribute("aria-expanded", String(guideOpen));
  render();
});
document.getElementById("scrim").addEventListener("click", () => {
  if (root.hasAttribute("data-drawer")) openDrawer(false);
  else if (guideOpen) toggleGuide();
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || event.defaultPrevented || document.querySelector("dialog[open]")) return;
  const route = currentRoute();
  if (root.hasAttribute("data-drawer")) openDrawer(false);
  else if (route.thread) go(channelHref(route.id));
});
document.querySelector("[data-skip]").addEventListener("click", (event) => {
  event.preventDefault(); // the hash is the page's place, not an anchor
  parts.main.focus();
});

store.start();
