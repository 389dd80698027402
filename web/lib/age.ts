// SPDX-License-Identifier: MIT
// How old things are, and until when a status may be believed. Every moment is in milliseconds since 1970.

import type { Status } from "./status.types";

const MINUTE = 60_000;
/** For how long a status is believed that does not say it itself. */
const BELIEVED_FOR = 30 * MINUTE;
/** A report from further ahead than this shows that a clock is wrong, so that its age cannot be known. */
const AHEAD = 5 * MINUTE;
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const UNITS: [name: string, short: string, minutes: number][] = [
  ["day", "d", 1440],
  ["hour", "h", 60],
  ["minute", "m", 1],
];

/** How many whole minutes ago a time was, 0 for one in the future: clocks differ. */
export function ageInMinutes(time: string, now: number): number {
  return Math.max(0, Math.floor((now - Date.parse(time)) / MINUTE));
}

/** From when on a status must be taken for unknown. */
export function staleFrom(status: Status): number {
  return status.stale_after ? Date.parse(status.stale_after) : Date.parse(status.updated_at) + BELIEVED_FOR;
}

/** Whether a status must be taken for unknown. So must one whose times are no times: a comparison with NaN is false. */
export function isStale(status: Status, now: number): boolean {
  return !(now < staleFrom(status) && Date.parse(status.updated_at) <= now + AHEAD);
}

/** "5m ago", for the eye, and "5 minutes ago", for the ear. */
export function agoTexts(time: string, now: number): { short: string; long: string } {
  const age = ageInMinutes(time, now);
  if (Number.isNaN(age)) return { short: "at an unknown time", long: "at an unknown time" };
  for (const [name, short, minutes] of UNITS) {
    const count = Math.floor(age / minutes);
    if (count >= 1) return { short: `${count}${short} ago`, long: `${count} ${name}${count === 1 ? "" : "s"} ago` };
  }
  return { short: "just now", long: "just now" };
}

/** "10 Nov 2025, 15:30 UTC": the same on every machine, so that server and browser agree. */
export function dateText(time: string): string {
  const date = new Date(time);
  if (Number.isNaN(date.getTime())) return "an unknown time";
  const day = `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]} ${date.getUTCFullYear()}`;
  return `${day}, ${date.toISOString().slice(11, 16)} UTC`;
}
