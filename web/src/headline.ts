// SPDX-License-Identifier: MIT
// The headline of a report, and its appearance.

import { isStale } from "./age";
import type { StatusError } from "./fetchStatus";
import type { Labels, Messages } from "./messages";
import type { PlatformStatus } from "./status.types";
import type { Phase } from "./useStatus";

export type Tone = PlatformStatus["platform_status"] | "maintenance";

export interface Shown {
  /** The report, if it is valid at the time. */
  valid: PlatformStatus | null;
  text: string;
  /** The colour: that of an unknown status unless the report is valid. */
  tone: Tone;
}

/** Returns the parts of a report to show at `now`, in milliseconds. */
export function shownOf(
  report: { data: PlatformStatus | null; error: StatusError | null; now: number; phase: Phase },
  messages: Messages,
  labels: Labels = {},
): Shown {
  const { data, error, now, phase } = report;
  const valid = data !== null && error === null && !isStale(data, now) ? data : null;
  if (phase === "checking") return { valid, text: messages.checking, tone: "unknown" };
  const looks: Tone = valid?.headline?.code === "maintenance" ? "maintenance" : (valid?.platform_status ?? "unknown");
  return { valid, text: headlineOf(valid, messages, labels), tone: phase === "judged" ? looks : "unknown" };
}

function headlineOf(report: PlatformStatus | null, messages: Messages, labels: Labels): string {
  const status = report?.platform_status ?? "unknown";
  const label = labels[status];
  if (label && !(report && qualified(report))) return label;
  // Published texts are English. Other languages have a sentence for each code.
  if (report?.headline)
    return messages.language === "en" ? report.headline.text : messages.headlines[report.headline.code];
  return status === "operational" ? messages.headlines.none : messages.headlines[status];
}

/** Whether the headline says more than the status, such as failed backups, so that a label is not enough. */
function qualified({ headline, platform_status, backups }: PlatformStatus): boolean {
  if (headline) return headline.code !== platform_status;
  return platform_status === "operational" && ["failed", "warning"].includes(backups.last_backup_status);
}
