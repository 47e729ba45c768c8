/** Dates as the acting person reads them: in their language and time zone. */

import { store } from "./store.js";

const DAY_MS = 86_400_000;

const locale = () => store.me.locale || "en-GB";
const zone = () => store.me.tz || "UTC";

function format(date, options) {
  return new Intl.DateTimeFormat(locale(), { timeZone: zone(), ...options }).format(date);
}

const dayKey = (date) => new Intl.DateTimeFormat("en-CA", { timeZone: zone() }).format(date);

/** "today", "i går", "tomorrow" in the person's language, or null for any other day. */
function nearDay(date) {
  const days = Math.round((Date.parse(dayKey(date)) - Date.parse(dayKey(new Date()))) / DAY_MS);
  if (Math.abs(days) > 1) return null;
  return new Intl.RelativeTimeFormat(locale(), { numeric: "auto" }).format(days, "day");
}

const capital = (text) => text.charAt(0).toLocaleUpperCase(locale()) + text.slice(1);

const LONG = { weekday: "long", year: "numeric", month: "long", day: "numeric" };
const MEDIUM = { year: "numeric", month: "long", day: "numeric" };
const SHORT = { year: "numeric", month: "short", day: "numeric" };
const TIME = { hour: "2-digit", minute: "2-digit" };

const fromTs = (ts) => new Date(Number(ts) * 1000);

export const timeOf = (ts) => format(fromTs(ts), TIME);
export const fullTimeOf = (ts) => format(fromTs(ts), { ...LONG, ...TIME });
export const isoOf = (ts) => fromTs(ts).toISOString();
export const dayOf = (ts) => dayKey(fromTs(ts));
export const dayName = (ts) => capital(nearDay(fromTs(ts)) ?? format(fromTs(ts), LONG));

function ago(date) {
  const seconds = (date - Date.now()) / 1000;
  const steps = [["second", 60], ["minute", 60], ["hour", 24], ["day", 30], ["month", 12], ["year", Infinity]];
  let amount = seconds;
  for (const [unit, size] of steps) {
    if (Math.abs(amount) < size) return new Intl.RelativeTimeFormat(locale(), { numeric: "auto" }).format(Math.round(amount), unit);
    amount /= size;
  }
  return "";
}

/** Source of the tokens: Slack docs, "Formatting text for app surfaces", date formatting. */
const TOKENS = {
  date_num: (date) => dayKey(date),
  date_slash: (date) => dayKey(date).replaceAll("-", "/"),
  date: (date) => format(date, MEDIUM),
  date_short: (date) => format(date, SHORT),
  date_long: (date) => format(date, LONG),
  date_long_full: (date) => format(date, LONG),
  date_pretty: (date) => nearDay(date) ?? format(date, MEDIUM),
  date_short_pretty: (date) => nearDay(date) ?? format(date, SHORT),
  date_long_pretty: (date) => nearDay(date) ?? format(date, LONG),
  day_divider_pretty: (date) => nearDay(date) ?? format(date, LONG),
  time: (date) => format(date, TIME),
  time_secs: (date) => format(date, { ...TIME, second: "2-digit" }),
  ago,
};

/** Fills `{date_short_pretty} at {time}`; an unknown token or a bad time gives the fallback. `starts`: a sentence begins here. */
export function formatDateToken(seconds, pattern, fallback, { starts = false } = {}) {
  const date = new Date(Number(seconds) * 1000);
  if (Number.isNaN(date.getTime())) return fallback;
  let known = true;
  const text = pattern.replace(/\{(\w+)\}/g, (_, token) => {
    if (TOKENS[token]) return TOKENS[token](date);
    known = false;
    return "";
  });
  if (!known) return fallback;
  return starts ? capital(text) : text;
}

/** "Norwegian Bokmål" for "nb-NO". */
export function languageName(tag) {
  try {
    return new Intl.DisplayNames("en", { type: "language" }).of(tag.split("-")[0]);
  } catch {
    return tag;
  }
}
