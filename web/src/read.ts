// SPDX-License-Identifier: MIT
// Reads status.json, also of early versions and with fewer fields, by the rules in docs/status.md ("How to read it").

import type { PlatformStatus } from "./status.types";

type Fields = Record<string, unknown>;

const TIME = /^\d{4}-\d\d-\d\dT([01]\d|2[0-3]):[0-5]\d:[0-5]\dZ$/;
const STATUSES = ["operational", "degraded", "outage", "unknown"] as const;
const BACKUP_STATUSES = ["success", "warning", "failed", "unknown"] as const;
const NOTICE_KINDS = ["override", "maintenance", "incident"] as const;
const HEADLINE_CODES = [
  "outage",
  "unknown",
  "degraded",
  "maintenance",
  "open_incident",
  "component_not_operational",
  "backups_failed",
  "backups_delayed",
  "backups_unknown",
  "backups_not_watched",
  "operational",
] as const;
/** The rest of a longer list is ignored. */
export const MOST_COMPONENTS = 200;

/**
 * Returns a value as a document with every field that readers rely on, or null if it has no time and no status.
 * Missing and malformed fields are null or "unknown"; unknown fields are ignored.
 */
export function readStatus(value: unknown): PlatformStatus | null {
  const given = fieldsOf(value);
  const updated = timeOf(given.updated_at);
  const status = wordOf(STATUSES, given.platform_status);
  if (!updated || !status) return null;
  return {
    ...(given.schema_version === 1 && { schema_version: 1 }),
    updated_at: updated,
    // A malformed time must not make the report valid for longer.
    ...(given.stale_after != null && { stale_after: timeOf(given.stale_after) ?? updated }),
    platform_status: status,
    ...headlineOf(given.headline),
    uptime: uptimeOf(given.uptime),
    backups: backupsOf(given.backups),
    ...infrastructureOf(given.infrastructure),
    notices: noticesOf(given.notices),
  };
}

/** The status if there is no report. Nothing in it is known. */
export function unknownStatus(): PlatformStatus {
  return { updated_at: "", platform_status: "unknown", uptime: uptimeOf(null), backups: backupsOf(null), notices: [] };
}

export function fieldsOf(value: unknown): Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}

export function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

/** Returns a text unchanged if it is not blank, else null. */
export function textOf(value: unknown): string | null {
  return typeof value === "string" && value.trim() ? value : null;
}

/** A time as in status.json: UTC, whole seconds. */
export function timeOf(value: unknown): string | null {
  return typeof value === "string" && TIME.test(value) && !Number.isNaN(Date.parse(value)) ? value : null;
}

export function percentOf(value: unknown): number | null {
  return typeof value === "number" && value >= 0 && value <= 100 ? value : null;
}

export function wordOf<Word extends string>(words: readonly Word[], value: unknown): Word | null {
  return words.find((word) => word === value) ?? null;
}

/**
 * Returns a headline, whatever is missing in it: a headline that is left out would make its report look better. A code
 * that is missing or of a later version is "", for which the schema has no word, and so is a text that is missing.
 */
function headlineOf(value: unknown): Pick<PlatformStatus, "headline"> {
  if (value == null) return {};
  const { code, text, components } = fieldsOf(value);
  const known = wordOf(HEADLINE_CODES, code);
  const words = textOf(text) ?? "";
  if (!known) return { headline: { code: "" as (typeof HEADLINE_CODES)[number], text: words } };
  const names = Array.isArray(components) && components.slice(0, MOST_COMPONENTS).flatMap((name) => textOf(name) ?? []);
  return { headline: { code: known, text: words, ...(names && { components: names }) } };
}

function uptimeOf(value: unknown): PlatformStatus["uptime"] {
  const given = fieldsOf(value);
  return {
    last_24h: percentOf(given.last_24h),
    last_7d: percentOf(given.last_7d),
    last_30d: percentOf(given.last_30d),
  };
}

function backupsOf(value: unknown): PlatformStatus["backups"] {
  const given = fieldsOf(value);
  const policy = textOf(given.policy);
  return {
    ...(policy && { policy }),
    last_backup_status: wordOf(BACKUP_STATUSES, given.last_backup_status) ?? "unknown",
    last_backup_time: timeOf(given.last_backup_time),
    last_successful_backup: timeOf(given.last_successful_backup),
  };
}

function infrastructureOf(value: unknown): Pick<PlatformStatus, "infrastructure"> {
  const given = fieldsOf(value);
  const [model, notes] = [textOf(given.model), textOf(given.notes)];
  const regions = listOf(given.regions).filter((region): region is string => textOf(region) !== null);
  const found = { ...(model && { model }), ...(regions.length > 0 && { regions }), ...(notes && { notes }) };
  return Object.keys(found).length > 0 ? { infrastructure: found } : {};
}

function noticesOf(value: unknown): NonNullable<PlatformStatus["notices"]> {
  return listOf(value).flatMap((one) => {
    const given = fieldsOf(one);
    const kind = wordOf(NOTICE_KINDS, given.kind);
    const text = textOf(given.text);
    if (!kind || !text) return [];
    return [{ kind, text, since: timeOf(given.since), until: timeOf(given.until) }];
  });
}
