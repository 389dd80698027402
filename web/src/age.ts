// SPDX-License-Identifier: MIT
// Ages, and how long a status is valid. Times are in milliseconds since 1970.

import { inserted, localeOf, type Messages } from "./messages";
import type { PlatformStatus } from "./status.types";

const MINUTE = 60_000;
/** How long a status without stale_after is valid, and a copy of the details. */
export const VALID_FOR = 30 * MINUTE;
/** If a report is dated further in the future, a clock is wrong, and its age is not known. */
const AHEAD = 5 * MINUTE;
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const UNITS = [
  ["day", "d", 1440],
  ["hour", "h", 60],
  ["minute", "m", 1],
] as const;

/** Formatters by kind and language. To make one takes as long as to format many: a page has hundreds of days. */
const formatters = new Map<string, unknown>();

/** A formatter for the language of the messages, made once. */
function formatter<Format>(kind: string, messages: Messages, make: (locale: string) => Format): Format {
  const key = `${kind} ${messages.language}`;
  if (!formatters.has(key)) formatters.set(key, make(localeOf(messages)));
  return formatters.get(key) as Format;
}

/** The age of a time in whole minutes: 0 for a future time, as clocks differ; NaN for a malformed time. */
export function ageInMinutes(time: string, now: number): number {
  return Math.max(0, Math.floor((now - Date.parse(time)) / MINUTE));
}

/** The time from which a status is unknown. */
export function staleFrom(status: Pick<PlatformStatus, "updated_at" | "stale_after">): number {
  return status.stale_after ? Date.parse(status.stale_after) : Date.parse(status.updated_at) + VALID_FOR;
}

/** Whether a status is stale. A comparison with NaN is false, so a status with malformed times is stale. */
export function isStale(status: Pick<PlatformStatus, "updated_at" | "stale_after">, now: number): boolean {
  return !(now < staleFrom(status) && Date.parse(status.updated_at) <= now + AHEAD);
}

/**
 * The answer, or the report before it: a cache may return an older one than the page contained. A report that is dated
 * in the future never stays. One that is only stale does: the older answer may be an operational one before an outage.
 */
export function newer<Report extends Pick<PlatformStatus, "updated_at" | "stale_after">>(
  answer: Report | null,
  before: Report | null,
  now: number,
): Report | null {
  if (!answer || !before) return answer ?? before;
  return answer.updated_at < before.updated_at && Date.parse(before.updated_at) <= now + AHEAD ? before : answer;
}

/** The age of a time: "5m ago" on the screen, and "5 minutes ago" for screen readers. */
export function agoTexts(time: string, now: number, messages: Messages): { short: string; long: string } {
  const age = ageInMinutes(time, now);
  if (Number.isNaN(age)) return { short: messages.unknownTime, long: messages.unknownTime };
  for (const [name, short, minutes] of UNITS) {
    const count = Math.floor(age / minutes);
    if (count < 1) continue;
    if (messages.language !== "en") {
      const format = formatter("ago", messages, (locale) => new Intl.RelativeTimeFormat(locale));
      const long = format.format(-count, name);
      return { short: long, long };
    }
    return { short: `${count}${short} ago`, long: `${count} ${name}${count === 1 ? "" : "s"} ago` };
  }
  return { short: messages.justNow, long: messages.justNow };
}

/** "10 Nov 2025, 15:30 UTC", in the language of the messages. */
export function dateText(time: string, messages: Messages): string {
  const date = new Date(time);
  if (Number.isNaN(date.getTime())) return messages.unknownDate;
  if (messages.language !== "en") {
    const options = { dateStyle: "medium", timeStyle: "short", timeZone: "UTC" } as const;
    const format = formatter("date", messages, (locale) => new Intl.DateTimeFormat(locale, options));
    return `${format.format(date)} UTC`;
  }
  // The same on every machine, whatever version of Unicode's data it has.
  const day = `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]} ${date.getUTCFullYear()}`;
  return `${day}, ${date.toISOString().slice(11, 16)} UTC`;
}

/** "99.98%", in the language of the messages, with as many decimals as were published. */
export function percentText(percent: number, messages: Messages): string {
  if (messages.language === "en") return `${percent}%`;
  const options = { style: "percent", maximumFractionDigits: 3 } as const;
  return formatter("percent", messages, (locale) => new Intl.NumberFormat(locale, options)).format(percent / 100);
}

/** A duration in its two largest units: 30 s, 12 min, 3 h 5 min. */
export function durationText(seconds: number, messages: Messages): string {
  const parts: [string, number][] = [
    [messages.hours, Math.floor(seconds / 3600)],
    [messages.minutes, Math.floor(seconds / 60) % 60],
    [messages.seconds, Math.floor(seconds) % 60],
  ];
  const first = parts.findIndex(([, number]) => number > 0);
  const shown = first < 0 ? parts.slice(-1) : parts.slice(first, first + 2).filter(([, number]) => number > 0);
  return shown.map(([text, number]) => countText(text, { number }, messages)).join(" ");
}

/** A sentence of the messages with a number in it. */
export function countText(sentence: string, values: Record<string, string | number>, messages: Messages): string {
  const numbers = formatter("number", messages, (locale) => new Intl.NumberFormat(locale));
  const texts = Object.entries(values).map(([name, value]) => [
    name,
    typeof value === "number" ? numbers.format(value) : value,
  ]);
  return inserted(sentence, Object.fromEntries(texts));
}
