/** The select menus of Block Kit, all on one combobox: only where their choices come from differs. */

import { problemText } from "./api.js";
import { combobox } from "./combobox.js";
import { confirmed } from "./confirm.js";
import { withEmoji } from "./emoji.js";
import { store } from "./store.js";

const ASK_AFTER_MS = 250;
/** Slack docs, "Select menu element": min_query_length, default 3. */
const DEFAULT_MIN_QUERY = 3;

const fold = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

function matching(groups, query) {
  const words = fold(query).split(/\s+/).filter(Boolean);
  const fits = (item) => words.every((word) => fold(`${item.text} ${item.description ?? ""}`).includes(word));
  return groups.map((group) => ({ ...group, items: group.items.filter(fits) }));
}

const optionItem = (option) => ({
  key: option.value,
  text: withEmoji(option.text.text),
  description: option.description ? withEmoji(option.description.text) : null,
  raw: option,
});

function optionGroups({ options, option_groups: groups }) {
  if (groups) return groups.map((group) => ({ label: withEmoji(group.label.text), items: group.options.map(optionItem) }));
  return [{ label: null, items: (options ?? []).map(optionItem) }];
}

const userItem = (user) => ({ key: user.id, text: user.real_name || user.name, description: `@${user.name}`, raw: user.id });
const channelItem = (channel) => ({
  key: channel.id,
  text: channel.is_im ? store.channelName(channel) : `#${channel.name}`,
  description: channel.is_private ? "private" : null,
  raw: channel.id,
});

function conversations({ filter }) {
  const kind = (channel) => (channel.is_im ? "im" : channel.is_private ? "private" : "public");
  return store.state.channels.filter(
    (channel) =>
      !channel.is_archived &&
      (!filter?.include || filter.include.includes(kind(channel))) &&
      !(filter?.exclude_bot_users && channel.is_im), // the only direct conversation here is the one with the bot
  );
}

/** All choices of a select whose list the page knows, as groups. */
function localGroups(element) {
  const one = (items) => [{ label: null, items }];
  switch (element.type.replace("multi_", "")) {
    case "users_select":
      return one(store.state.users.map(userItem));
    case "conversations_select":
      return one(conversations(element).map(channelItem));
    case "channels_select":
      return one(conversations({ filter: { include: ["public"] } }).map(channelItem));
    default:
      return optionGroups(element);
  }
}

async function askBot(element, ctx, query) {
  const answered = await ctx.surface.options(ctx.blockId, element.action_id, query);
  if (answered.ok === false) return { note: `${problemText(answered)} Type again to retry.` };
  return { groups: optionGroups(answered) };
}

function loader(element, ctx) {
  if (!element.type.endsWith("external_select")) return (query) => ({ groups: matching(localGroups(element), query) });
  const least = element.min_query_length ?? DEFAULT_MIN_QUERY;
  return (query) => {
    if (query.length < least) return { note: `Type at least ${least} ${least === 1 ? "character" : "characters"} to search` };
    return askBot(element, ctx, query);
  };
}

/** The items that stand for the surface's current value. */
function chosenItems(element, ctx) {
  const value = ctx.surface.get(ctx.blockId, element.action_id);
  const values = Array.isArray(value) ? value : value === null ? [] : [value];
  if (element.type.endsWith("external_select")) return values.map(optionItem);
  const known = localGroups(element).flatMap((group) => group.items);
  return values.map((one) => known.find((item) => item.key === one) ?? { key: one, text: one, raw: one });
}

export function select(element, ctx) {
  const multiple = element.type.startsWith("multi_");
  const external = element.type.endsWith("external_select");
  const valueOf = (item) => (external ? item.raw : item.key);
  const placeholder = element.placeholder?.text ?? (multiple ? "Choose one or more" : "Choose one");
  const before = () => chosenItems(element, ctx);

  const build = () => combobox({
    control: ctx.control(element, placeholder),
    placeholder: withEmoji(placeholder),
    multiple,
    max: element.max_selected_items,
    chosen: before(),
    clearable: ctx.inForm,
    delayMs: external ? ASK_AFTER_MS : 0,
    load: loader(element, ctx),
    onChange: async (items) => {
      if (element.confirm && items.length && !(await confirmed(element.confirm))) {
        const fresh = build(); // shows the value that still stands
        node.replaceWith(fresh);
        node = fresh;
        return;
      }
      ctx.choose(element, multiple ? items.map(valueOf) : items.length ? valueOf(items[0]) : null);
    },
  });
  let node = build();
  return node;
}
