import { api } from "./api.js";
import { BlockList } from "./blocks.js";
import { h } from "./dom.js";
import { icon } from "./icons.js";
import { store } from "./store.js";
import { Surface } from "./surface.js";

/** The app's Home tab. Opening it tells the bot, which may publish anew. */
export class Home {
  title = "App Home";
  #viewId = null;
  #blocks = null;

  constructor() {
    this.body = h("div", { class: "blocks home-blocks" });
    this.node = h("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "App Home" }, this.body);
  }

  get subtitle() {
    return store.state.app.name;
  }

  mounted() {
    this.update();
    api.home();
  }

  update() {
    const { home } = store.state;
    if (!home) {
      this.#viewId = null;
      this.body.replaceChildren(h("div", { class: "empty" }, icon("home", 30), h("p", {}, "The bot has not put anything here yet.")));
      return;
    }
    if (home.id !== this.#viewId) {
      this.#viewId = home.id;
      this.body.replaceChildren();
      this.#blocks = new BlockList(this.body, new Surface({ type: "view", view_id: home.id }));
      this.node.dataset.viewId = home.id;
    }
    this.#blocks.update(home.blocks, home.state?.values);
  }
}
