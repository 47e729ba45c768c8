/** The sandbox's JSON API. Every request names the person one acts as. */

let actingAs = "";
export const setActor = (id) => {
  actingAs = id;
};

const OFFLINE = { ok: false, error: "offline", message: "The sandbox did not answer. Is it still running?" };

async function answer(request) {
  try {
    const response = await request;
    return await response.json();
  } catch {
    return OFFLINE;
  }
}

const get = (path, params = {}) => answer(fetch(`${path}?${new URLSearchParams({ as: actingAs, ...params })}`, { cache: "no-store" }));

const post = (path, body = {}) =>
  answer(fetch(path, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ as: actingAs, ...body }) }));

export const api = {
  state: () => get("/ui/state"),
  system: (id) => get(`/ui/systems/${encodeURIComponent(id)}`),
  /** Server-sent `{version}` whenever something that this person sees has changed. */
  events: () => new EventSource(`/ui/events?${new URLSearchParams({ as: actingAs })}`),
  message: (body) => post("/ui/message", body),
  action: (body) => post("/ui/action", body),
  options: (body) => post("/ui/options", body),
  submit: (body) => post("/ui/submit", body),
  close: (body) => post("/ui/close", body),
  home: () => post("/ui/home"),
  read: (channel) => post("/ui/read", { channel }),
};

/** What to tell a person about a refused request: the server's sentence, else its code in words. */
export function problemText(answered) {
  return answered.message ?? answered.trouble ?? `That did not work (${answered.error ?? "no reason given"}).`;
}
