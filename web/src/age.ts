// SPDX-License-Identifier: MIT
// How old things are, and until when a status is valid. Moments are in milliseconds since 1970.

import { inserted, type Messages } from "./messages";
import type { PlatformStatus } from "./status.types";

const MINUTE = 60_000;
/** How long a status is valid that does not say so itself. */
const VALID_FOR = 30 * MINUTE;
/** A report from further ahead than this shows that a clock is wrong, so that its age cannot be known. */
const AHEAD = 5 * MINUTE;
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const UNITS = [
  ["day", "d", 1440],
  ["hour", "h", 60],
  ["minute", "m", 1],
] as const;

/** How many whole minutes ago a time was: 0 for one in the future, as clocks differ; NaN for what is no time. */
export function ageInMinutes(time: string, now: number): number {
  return Math.max(0, Math.floor((now - Date.parse(time)) / MINUTE));
}

/** From when on a status is unknown. */
export function staleFrom(status: Pick<PlatformStatus, "updated_at" | "stale_after">): number {
  return status.stale_after ? Date.parse(status.stale_after) : Date.parse(status.updated_at) + VALID_FOR;
}

/** Whether a status is unknown by now. A comparison with NaN is false, so that one with malformed times is. */
export function isStale(status: Pick<PlatformStatus, "updated_at" | "stale_after">, now: number): boolean {
  return !(now < staleFrom(status) && Date.parse(status.updated_at) <= now + AHEAD);
}

/** How long ago a time was: "5m ago" to be seen, and "5 minutes ago" to be heard. */
export function agoTexts(time: string, now: number, messages: Messages): { short: string; long: string } {
  const age = ageInMinutes(time, now);
  if (Number.isNaN(age)) return { short: messages.unknownTime, long: messages.unknownTime };
  for (const [name, short, minutes] of UNITS) {
    const count = Math.floor(age / minutes);
    if (count < 1) continue;
    if (messages.language !== "en") {
      const long = new Intl.RelativeTimeFormat(messages.language).format(-count, name);
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
    const format = { dateStyle: "medium", timeStyle: "short", timeZone: "UTC" } as const;
    return `${new Intl.DateTimeFormat(messages.language, format).format(date)} UTC`;
  }
  // The same on every machine, whatever version of Unicode's data it has.
  const day = `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]} ${date.getUTCFullYear()}`;
  return `${day}, ${date.toISOString().slice(11, 16)} UTC`;
}

/** "99.98%", in the language of the messages, with as many decimals as were published. */
export function percentText(percent: number, messages: Messages): string {
  if (messages.language === "en") return `${percent}%`;
  const format = { style: "percent", maximumFractionDigits: 3 } as const;
  return new Intl.NumberFormat(messages.language, format).format(percent / 100);
}

/** A sentence of the messages with a number in it. */
export function countText(sentence: string, values: Record<string, string | number>, messages: Messages): string {
  const numbers = new Intl.NumberFormat(messages.language);
  const texts = Object.entries(values).map(([name, value]) => [
    name,
    typeof value === "number" ? numbers.format(value) : value,
  ]);
  return inserted(sentence, Object.fromEntries(texts));
}
