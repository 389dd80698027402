// SPDX-License-Identifier: MIT
// The documents of the details page besides status.json: history.json, and incidents and maintenance from api/v2.

import { VALID_FOR } from "./age";
import { currentTime } from "./clock";
import { daysOf, type Day } from "./days";
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
/** The number of entries that api/v2 has at most. The rest of a longer list is ignored. */
const MOST_ENTRIES = 50;

export type { Day };

export interface Component {
  name: string;
  status: (typeof STATUSES)[number] | "maintenance";
  /** Percent of the last 90 days, or null. */
  uptime: number | null;
  days: Day[];
  /** The group that it is shown in, and what it is, or null. */
  group: string | null;
  description: string | null;
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
  return (await fetchCopy(url, cached)).details;
}

/**
 * Fetches the details for a page that is rendered for each request. Never throws.
 *
 * A cache may return a copy of any age. history.json does not show its own age: without news, it is written every four
 * hours. If the copy may be older than a status is valid, the caches are bypassed. `recent` says whether it is not.
 */
export async function fetchRecentDetails(url?: string): Promise<{ details: Details | null; recent: boolean }> {
  const copy = await fetchCopy(url, true);
  if (Math.abs(currentTime() - copy.sent) < VALID_FOR) return { details: copy.details, recent: true };
  const { details } = await fetchCopy(url, false);
  return { details: details ?? copy.details, recent: details !== null };
}

/** Fetches the details, and when the oldest of their documents was sent: NaN if that is unknown. */
async function fetchCopy(url: string | undefined, cached: boolean): Promise<{ details: Details | null; sent: number }> {
  const status = statusUrl(url);
  if (!status || !URL.canParse(status)) return { details: null, sent: NaN };
  const caching: RequestInit = cached
    ? { next: { revalidate: REVALIDATE_SECONDS, tags: [STATUS_TAG] } }
    : { cache: "no-store" };
  const documents = ["history.json", "api/v2/incidents.json", "api/v2/scheduled-maintenances.json"];
  const answers = await Promise.all(documents.map((name) => fetchText(new URL(name, status).href, caching)));
  const [history, incidents, maintenance] = answers.map(({ text }) => parsed(text));
  return {
    details: readDetails(history, incidents, maintenance),
    sent: Math.min(...answers.filter(({ text }) => text !== null).map(({ sent }) => sent)),
  };
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
    days: daysOf(given.days),
    group: textOf(given.group),
    description: textOf(given.description),
  };
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
