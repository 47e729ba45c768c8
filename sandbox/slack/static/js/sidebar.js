import { languageName } from "./clock.js";
import { h, keepingFocus } from "./dom.js";
import { icon } from "./icons.js";
import { menuButton } from "./menu.js";
import { ROLES, avatar } from "./people.js";
import { channelHref } from "./route.js";
import { store } from "./store.js";

/** The left column: workspace, channels, the bot, the connected systems, and who one acts as. */
export class Sidebar {
  #json = "";
  #people = "";

  constructor(parent) {
    this.parent = parent;
  }

  update(route) {
    const { team, app, channels, systems, connected, me, users } = store.state;
    const json = JSON.stringify([team, app, channels, systems, connected, me, users, route]);
    if (json === this.#json) return;
    this.#json = json;
    const people = JSON.stringify([me, users]);
    const sameFoot = people === this.#people;
    this.#people = people;
    keepingFocus(this.parent, () => {
      const [above, middle] = [this.#brand(team), this.#nav(route)];
      if (!sameFoot) return this.parent.replaceChildren(above, middle, this.#foot());
      // The foot stays as it is: somebody may have its menu open while a message arrives.
      this.parent.children[0].replaceWith(above);
      this.parent.children[1].replaceWith(middle);
    });
  }

  #brand(team) {
    return h("div", { class: "brand" },
      h("img", { src: "/static/icon.svg", alt: "", width: 34, height: 34 }),
      h("div", { class: "brand-text" }, h("p", { class: "brand-name" }, team.name), h("p", { class: "brand-note" }, "Sandbox: nothing here is real")));
  }

  #nav(route) {
    const { channels, systems, app, connected } = store.state;
    const here = (kind, id) => route.kind === kind && route.id === id;
    const direct = channels.filter((channel) => channel.is_im);
    const status = h("span", { class: connected ? "dot dot--on" : "dot" }, h("span", { class: "sr-only" }, connected ? "connected" : "not connected"));
    return h("nav", { class: "nav", "aria-label": "Workspace" },
      group("Channels", channels.filter((channel) => !channel.is_im).map((channel) =>
        entry({ href: channelHref(channel.id), mark: channel.is_private ? "lock" : "hash", text: channel.name, unread: channel.unread,
          current: here("channel", channel.id), dim: channel.is_archived, dataset: { channel: channel.id } }))),
      group("App", [
        ...(app.home ? [entry({ href: "#home", mark: "home", text: "App Home", current: route.kind === "home", dataset: { nav: "home" } })] : []),
        ...direct.map((channel) =>
          entry({ href: channelHref(channel.id), mark: "bot", text: app.name, unread: channel.unread, current: here("channel", channel.id), extra: status,
            dataset: { channel: channel.id } })),
      ]),
      systems.length
        ? group("Connected systems", systems.map((system) =>
          entry({ href: `#system/${encodeURIComponent(system.id)}`, mark: "database", text: system.title, current: here("system", system.id), dataset: { system: system.id } })))
        : null);
  }

  #foot() {
    const { me } = store.state;
    const dark = window.sandboxTheme.current() === "dark";
    const theme = h("button", {
      type: "button", class: "icon-button icon-button--rail", "aria-label": "Dark theme", "aria-pressed": String(dark), title: "Switch between dark and light",
      "data-focus": "theme",
      on: { click: () => { window.sandboxTheme.set(dark ? "light" : "dark"); this.#refoot(); } },
    }, icon(dark ? "sun" : "moon"));
    const who = h("button", { type: "button", class: "who", "data-focus": "who", "data-act-as-button": "" },
      avatar({ id: me.id, name: me.real_name || me.name }),
      h("span", { class: "who-text" }, h("span", { class: "sr-only" }, "Act as someone else. Now: "), h("span", { class: "who-name" }, me.real_name || me.name),
        h("span", { class: "sr-only" }, ", "), h("span", { class: "who-role" }, `${ROLES[me.role] ?? me.role} · ${languageName(me.locale)}`)),
      icon("chevron", 16));
    return h("div", { class: "sidebar-foot" }, menuButton(who, { label: "Act as", items: people, align: "start", className: "menu--people" }), theme);
  }

  #refoot() {
    keepingFocus(this.parent, () => this.parent.lastChild.replaceWith(this.#foot()));
  }
}

const group = (title, entries) => h("section", { class: "nav-group" }, h("h2", {}, title), h("ul", {}, entries));

function entry({ href, mark, text, current = false, unread = 0, extra = null, dim = false, dataset }) {
  const badge = unread && !current ? h("span", { class: "unread" }, String(unread), h("span", { class: "sr-only" }, " unread")) : null;
  return h("li", {}, h("a", {
    href, dataset, class: `nav-item ${badge ? "nav-item--unread" : ""} ${dim ? "nav-item--dim" : ""}`, "aria-current": current ? "page" : null, "data-focus": href,
  }, icon(mark, 17), h("span", { class: "nav-text" }, text), dim ? h("span", { class: "sr-only" }, ", archived") : null, extra, badge));
}

const city = (zone) => zone.split("/").at(-1).replaceAll("_", " ");

function people() {
  return store.state.users
    .filter((user) => !user.is_bot)
    .map((user) => ({
      text: user.real_name,
      node: [
        avatar({ id: user.id, name: user.real_name || user.name }, "avatar--small"),
        h("span", { class: "person" }, h("span", { class: "person-name" }, user.real_name || user.name),
          h("span", { class: "sr-only" }, ", "), h("span", { class: "person-meta" }, `${ROLES[user.role] ?? user.role} · ${languageName(user.locale)} · ${city(user.tz)}`)),
      ],
      checked: user.id === store.me.id,
      dataset: { actAs: user.id },
      run: () => store.actAs(user.id),
    }));
}
