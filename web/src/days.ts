// SPDX-License-Identifier: MIT
// The days of history.json, and how a chart shows them: by the rules of the page that elytra-status publishes.

import { fieldsOf, listOf, percentOf } from "./read";

const DATE = /^\d{4}-\d\d-\d\d$/;
/** The number of days that history.json has at most. The rest of a longer list is ignored. */
const MOST_DAYS = 90;
/** In seconds: each is the beginning of the next step of a fill. Thirty seconds must not look like three hours. */
export const STEPS = [60, 600, 3600, 6 * 3600];

/**
 * A day: its date, its uptime in percent (null: less than half of it was observed), and the seconds of downtime, of a
 * degraded status, and of maintenance. Short, as there are many.
 */
export type Day = [date: string, uptime: number | null, down: number, degraded: number, maintenance: number];

/** The worst state of a day. A downtime counts too if less than half of the day was observed. */
export function stateOf([, uptime, down, degraded]: Day): "down" | "degraded" | "none" | "up" {
  if (down > 0) return "down";
  if (degraded > 0) return "degraded";
  return uptime === null ? "none" : "up";
}

/** The step, counted from 1, that fills a column for so many seconds. */
export function stepOf(seconds: number): number {
  return 1 + STEPS.filter((limit) => seconds >= limit).length;
}

/** Reads the days of a component. */
export function daysOf(value: unknown): Day[] {
  return listOf(value)
    .slice(-MOST_DAYS)
    .flatMap((one): Day[] => {
      const given = fieldsOf(one);
      const { date } = given;
      if (typeof date !== "string" || !DATE.test(date)) return [];
      const seconds = [given.down_seconds, given.degraded_seconds, given.maintenance_seconds] as const;
      return [[date, percentOf(given.uptime_percent), ...(seconds.map(secondsOf) as [number, number, number])]];
    });
}

function secondsOf(value: unknown): number {
  return typeof value === "number" && value > 0 ? value : 0;
}
