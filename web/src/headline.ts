// SPDX-License-Identifier: MIT
// The headline of a report, and its appearance.

import { isStale } from "./age";
import type { StatusError } from "./fetchStatus";
import { componentsText, inserted, type Labels, type Messages } from "./messages";
import type { PlatformStatus } from "./status.types";
import type { Phase } from "./useStatus";

/** In characters: the limit of published headlines. */
const LONGEST = 100;

type Code = NonNullable<PlatformStatus["headline"]>["code"];

/** The headlines that look operational. Any other headline of an operational platform looks degraded. */
const GOOD: readonly Code[] = ["operational", "backups_not_watched"];

/** The backups that do not look operational, if a report has no headline, which would say so. */
const LATE = ["failed", "warning"];

export type Tone = PlatformStatus["platform_status"] | "maintenance";

/** A report, and how its age is judged: `now` is in milliseconds since 1970. */
export interface Report {
  data: PlatformStatus | null;
  error: StatusError | null;
  now: number;
  phase: Phase;
}

export interface Shown {
  /** The report, if it is valid at the time. */
  valid: PlatformStatus | null;
  text: string;
  /** The colour: that of an unknown status unless the report is valid. */
  tone: Tone;
}

/** Returns the parts of a report to show. */
export function shownOf(report: Report, messages: Messages, labels: Labels = {}): Shown {
  const { data, error, now, phase } = report;
  const valid = data !== null && error === null && !isStale(data, now) ? data : null;
  if (phase === "checking") return { valid, text: messages.checking, tone: "unknown" };
  return { valid, text: headlineOf(valid, messages, labels), tone: phase === "judged" ? toneOf(valid) : "unknown" };
}

/** The appearance of a report, as the other documents have it (elytra_status/documents/appearance.py). */
function toneOf(report: PlatformStatus | null): Tone {
  if (report?.headline?.code === "maintenance") return "maintenance";
  const status = report?.platform_status ?? "unknown";
  return status === "operational" && report && !isGood(report) ? "degraded" : status;
}

/** Whether an operational platform looks operational: its headline says so or, without one, its backups do not deny it. */
function isGood({ headline, backups }: PlatformStatus): boolean {
  return headline ? GOOD.includes(headline.code) : !LATE.includes(backups.last_backup_status);
}

function headlineOf(report: PlatformStatus | null, messages: Messages, labels: Labels): string {
  const status = report?.platform_status ?? "unknown";
  const headline = report?.headline;
  const plain = messages.headlines[status === "operational" ? "none" : status];
  // If a code is not known, only the text says what it is about.
  if (headline && !headline.code) return headline.text || plain;
  const label = report && qualified(report) ? undefined : labels[status];
  const sentence = label ?? (headline ? messages.headlines[headline.code] : plain);
  const components = headline?.components;
  if (headline && components && components.length > 0) return namingOf(headline.code, sentence, components, messages);
  // Older versions publish only a text, which is English.
  return label || components || !headline || messages.language !== "en" ? sentence : headline.text || plain;
}

/** The sentence with the names of components, or with their number if it becomes longer than a published one. */
function namingOf(code: string, headline: string, components: string[], messages: Messages): string {
  const pattern = code === "component_not_operational" ? messages.headlineExcept : messages.headlineNaming;
  const [named, counted] = componentsText(components, messages);
  const whole = inserted(pattern, { headline, names: named });
  return [...whole].length <= LONGEST ? whole : inserted(pattern, { headline, names: counted });
}

/** Whether the headline or the backups say more than the status, such as failed backups: a label is not enough then. */
function qualified({ headline, platform_status, backups }: PlatformStatus): boolean {
  if (headline) return headline.code !== platform_status;
  return platform_status === "operational" && backups.last_backup_status !== "success";
}
