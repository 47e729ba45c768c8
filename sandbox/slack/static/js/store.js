import { api, setActor } from "./api.js";

const FIRST_RETRY_MS = 500;
const LAST_RETRY_MS = 8000;
const ACTOR_KEY = "sandbox.as";

/**
 * What the acting person sees, kept fresh by server-sent events.
 * Fires "change" after every new state, "actor" when someone else is acted as, "link" when the line drops or returns.
 */
class Store extends EventTarget {
  state = null;
  online = true;
  #events = null;
  #retryMs = FIRST_RETRY_MS;
  #fetching = null;
  #stale = false;

  get me() {
    return this.state.me;
  }

  user(id) {
    return this.state.users.find((user) => user.id === id);
  }

  channel(id) {
    return this.state.channels.find((channel) => channel.id === id);
  }

  messages(channelId) {
    return this.state.messages[channelId] ?? [];
  }

  nameOf(id) {
    const user = this.user(id);
    return user ? user.real_name || user.name : null;
  }

  /** The direct conversation with the bot bears the bot's name. */
  channelName(channel) {
    return channel.is_im ? this.state.app.name : channel.name;
  }

  async start() {
    setActor(new URLSearchParams(location.search).get("as") ?? sessionStorage.getItem(ACTOR_KEY) ?? "");
    for (let wait = FIRST_RETRY_MS; !this.state; wait = Math.min(wait * 2, LAST_RETRY_MS)) {
      await this.refresh();
      if (!this.state) await new Promise((resolve) => setTimeout(resolve, wait));
    }
    setActor(this.me.id); // an empty or forgotten id was answered with the default person
    this.#listen();
  }

  async actAs(userId) {
    // Kept per tab, so that two tabs can be two people.
    sessionStorage.setItem(ACTOR_KEY, userId);
    setActor(userId);
    await this.#fetching; // an answer meant for the former person must not arrive after the switch
    await this.refresh();
    this.#listen();
    this.dispatchEvent(new Event("actor"));
  }

  /** Fetches the state; calls made meanwhile share one further fetch, so that a burst costs two. */
  refresh() {
    if (this.#fetching) {
      this.#stale = true;
      return this.#fetching;
    }
    this.#fetching = this.#fetchUntilFresh().finally(() => {
      this.#fetching = null;
    });
    return this.#fetching;
  }

  async #fetchUntilFresh() {
    do {
      this.#stale = false;
      const state = await api.state();
      if (state.error === "offline") return this.#setOnline(false);
      if (state.ok === false) return this.#forgetActor();
      this.state = state;
      this.#setOnline(true);
      this.dispatchEvent(new Event("change"));
    } while (this.#stale);
  }

  /** The remembered person is unknown to this sandbox (it was started anew): fall back on its default. */
  async #forgetActor() {
    sessionStorage.removeItem(ACTOR_KEY);
    setActor("");
    const state = await api.state();
    if (state.ok === false) return;
    this.state = state;
    setActor(state.me.id);
    this.dispatchEvent(new Event("change"));
  }

  #listen() {
    this.#events?.close();
    const events = (this.#events = api.events());
    events.onopen = () => {
      this.#retryMs = FIRST_RETRY_MS;
      this.refresh(); // whatever happened while the line was down
    };
    events.onmessage = () => this.refresh();
    events.onerror = () => {
      events.close(); // the browser gives up for good on some errors, so the retry is ours
      this.#setOnline(false);
      const wait = this.#retryMs;
      this.#retryMs = Math.min(wait * 2, LAST_RETRY_MS);
      setTimeout(() => this.#events === events && this.#listen(), wait);
    };
  }

  #setOnline(online) {
    if (online === this.online) return;
    this.online = online;
    this.dispatchEvent(new Event("link"));
  }
}

export const store = new Store();
