// SPDX-License-Identifier: MIT
// The documents of the details page besides status.json: history.json, and incidents and maintenance from api/v2.

import { fetchText, parsed, REVALIDATE_SECONDS, STATUS_TAG, statusUrl } from "./fetchStatus";
import { fieldsOf, listOf, MOST_COMPONENTS, percentOf, textOf, timeOf, wordOf } from "./read";

const STATUSES = ["operational", "degraded", "outage", "unknown"] as const;
const PHASES = [
  "investigating",
  "identified",
  "monitoring",
  "resolved",
  "scheduled",
  "in_progress",
  "completed",
] as const;
const IMPACTS = ["none", "minor", "major", "critical", "maintenance"] as const;
const DATE = /^\d{4}-\d\d-\d\d$/;
/** The numbers of entries that history.json and api/v2 have at most. The rest of a longer list is ignored. */
const MOST_DAYS = 90;
const MOST_ENTRIES = 50;

/** A day: its date, its uptime in percent (null: no data), and the seconds of downtime. Short, as there are many. */
export type Day = [date: string, uptime: number | null, down: number];

export interface Component {
  name: string;
  status: (typeof STATUSES)[number] | "maintenance";
  /** Percent of the last 90 days, or null. */
  uptime: number | null;
  days: Day[];
}

export interface Entry {
  id: string;
  title: string;
  phase: (typeof PHASES)[number] | null;
  impact: (typeof IMPACTS)[number] | null;
  components: string[];
  /** When it began or will begin, and when it ended or will end. */
  since: string | null;
  until: string | null;
  /** Its own page, if it has one. */
  link: string | null;
  updates: { phase: (typeof PHASES)[number] | null; text: string; time: string | null }[];
}

export interface Details {
  updated_at: string;
  stale_after?: string;
  platform: Component;
  components: Component[];
  /** Null if they are not published or cannot be read. */
  incidents: Entry[] | null;
  maintenance: Entry[] | null;
}

/** Fetches the details from the directory of status.json. Null without a history. Never throws. */
export async function fetchDetails(url?: string, cached = true): Promise<Details | null> {
  const status = statusUrl(url);
  if (!status || !URL.canParse(status)) return null;
  const caching: RequestInit = cached
    ? { next: { revalidate: REVALIDATE_SECONDS, tags: [STATUS_TAG] } }
    : { cache: "no-store" };
  const documents = ["history.json", "api/v2/incidents.json", "api/v2/scheduled-maintenances.json"];
  const [history, incidents, maintenance] = await Promise.all(
    documents.map(async (name) => parsed((await fetchText(new URL(name, status).href, caching)).text)),
  );
  return readDetails(history, incidents, maintenance);
}

/** Returns the details from three documents. Missing and malformed parts are left out or unknown. */
export function readDetails(history: unknown, incidents: unknown, maintenance: unknown): Details | null {
  const given = fieldsOf(history);
  const updated = timeOf(given.updated_at);
  if (!updated) return null;
  return {
    updated_at: updated,
    ...(given.stale_after != null && { stale_after: timeOf(given.stale_after) ?? updated }),
    platform: componentOf(given.platform),
    components: listOf(given.components)
      .slice(0, MOST_COMPONENTS)
      .map(componentOf)
      .filter((one) => one.name),
    incidents: entriesOf(fieldsOf(incidents).incidents),
    maintenance: entriesOf(fieldsOf(maintenance).scheduled_maintenances),
  };
}

function componentOf(value: unknown): Component {
  const given = fieldsOf(value);
  const status = wordOf(STATUSES, given.status) ?? "unknown";
  return {
    name: textOf(given.name) ?? "",
    status: given.in_maintenance === true ? "maintenance" : status,
    uptime: percentOf(fieldsOf(given.uptime).last_90d),
    days: listOf(given.days).slice(-MOST_DAYS).flatMap(dayOf),
  };
}

function dayOf(value: unknown): Day[] {
  const given = fieldsOf(value);
  if (typeof given.date !== "string" || !DATE.test(given.date)) return [];
  const down = typeof given.down_seconds === "number" && given.down_seconds > 0 ? given.down_seconds : 0;
  return [[given.date, percentOf(given.uptime_percent), down]];
}

function entriesOf(value: unknown): Entry[] | null {
  if (!Array.isArray(value)) return null;
  return value.slice(0, MOST_ENTRIES).flatMap((one) => {
    const given = fieldsOf(one);
    const [id, title] = [textOf(given.id), textOf(given.name)];
    if (!id || !title) return [];
    return [
      {
        id,
        title,
        phase: phaseOf(given.status),
        impact: wordOf(IMPACTS, given.impact),
        components: listOf(given.components).flatMap((component) => textOf(fieldsOf(component).name) ?? []),
        since: momentOf(given.scheduled_for ?? given.started_at ?? given.created_at),
        until: momentOf(given.scheduled_until ?? given.resolved_at),
        link: linkOf(given.shortlink),
        updates: listOf(given.incident_updates).slice(0, MOST_ENTRIES).flatMap(updateOf),
      },
    ];
  });
}

function updateOf(value: unknown): Entry["updates"] {
  const given = fieldsOf(value);
  const text = textOf(given.body);
  return text ? [{ phase: phaseOf(given.status), text, time: momentOf(given.display_at ?? given.created_at) }] : [];
}

/** The phase of a status of api/v2: an incident with a postmortem is over. */
function phaseOf(status: unknown): Entry["phase"] {
  return status === "postmortem" ? "resolved" : wordOf(PHASES, status);
}

/** Times of api/v2 may have milliseconds. */
function momentOf(value: unknown): string | null {
  return typeof value === "string" && value.endsWith("Z") && !Number.isNaN(Date.parse(value)) ? value : null;
}

function linkOf(value: unknown): string | null {
  return typeof value === "string" && /^https?:\/\//.test(value) && URL.canParse(value) ? value : null;
}
