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
  const { platform_status: status = "unknown", headline } = report ?? {};
  if (headline?.code === "maintenance") return "maintenance";
  return status === "operational" && headline && !GOOD.includes(headline.code) ? "degraded" : status;
}

function headlineOf(report: PlatformStatus | null, messages: Messages, labels: Labels): string {
  const status = report?.platform_status ?? "unknown";
  const { code = status === "operational" ? "none" : status, text, components } = report?.headline ?? {};
  const label = report && qualified(report) ? undefined : labels[status];
  const sentence = label ?? messages.headlines[code];
  if (components && components.length > 0) return namingOf(code, sentence, components, messages);
  // Older versions publish only a text, which is English.
  return label || components || !text || messages.language !== "en" ? sentence : text;
}

/** The sentence with the names of components, or with their number if it becomes longer than a published one. */
function namingOf(code: string, headline: string, components: string[], messages: Messages): string {
  const pattern = code === "component_not_operational" ? messages.headlineExcept : messages.headlineNaming;
  const [named, counted] = componentsText(components, messages);
  const whole = inserted(pattern, { headline, names: named });
  return [...whole].length <= LONGEST ? whole : inserted(pattern, { headline, names: counted });
}

/** Whether the headline says more than the status, such as failed backups, so that a label is not enough. */
function qualified({ headline, platform_status, backups }: PlatformStatus): boolean {
  if (headline) return headline.code !== platform_status;
  return platform_status === "operational" && ["failed", "warning"].includes(backups.last_backup_status);
}
