// SPDX-License-Identifier: MIT
// Fetches the platform's status, on the server and in the browser.

import { ageInMinutes, isStale } from "./age";
import { currentTime } from "./clock";
import { announce, type Track } from "./events";
import { readStatus, unknownStatus } from "./read";
import type { PlatformStatus } from "./status.types";

/** How long the server caches a response, in seconds: elytra-status decides the status every ten minutes. */
export const REVALIDATE_SECONDS = 600;
/** The cache tag of the response: `revalidateTag(STATUS_TAG, …)` clears it. */
export const STATUS_TAG = "platform-status";
/** The timeout of a fetch, in seconds. */
export const TIMEOUT_SECONDS = 5;
/** The limit of a response in bytes. No published document is longer. */
const LONGEST_ANSWER = 4 * 1024 * 1024;

export type StatusError = "not-configured" | "timeout" | "network" | "http" | "json" | "invalid";

/** What fetchPlatformStatus returns. */
export interface PlatformStatusResult {
  /** The status. Its `platform_status` is "unknown" if there is no report, or none that is still valid. */
  data: PlatformStatus;
  /** What went wrong, or null. */
  error: StatusError | null;
  /** Whether the report is stale. */
  stale: boolean;
}

/** What fetchStatus returns. */
export interface StatusResult {
  /** The report as it was published, stale or not; null if there is none. */
  data: PlatformStatus | null;
  /** What went wrong, or null. */
  error: StatusError | null;
  /** Whether `data` is stale, and must be treated as unknown. */
  stale: boolean;
  /** Whole minutes since `data` was decided. */
  ageMinutes: number | null;
  /** The HTTP status, null if there was no response. */
  statusCode: number | null;
  /** How long the fetch took, in milliseconds. */
  duration: number;
  /** The time at which it was judged, in milliseconds since 1970: that of this device or of the server, if it is later. */
  judgedAt: number;
}

export interface FetchStatusOptions {
  /** Address of status.json. The default is NEXT_PUBLIC_STATUS_JSON_URL. */
  url?: string | undefined;
  /** Bypass the caches of the server if their copy is stale. Only for pages that are rendered for each request. */
  againIfStale?: boolean | undefined;
  timeoutSeconds?: number | undefined;
  /** Is called with the outcome. In the browser, the default is an event of the document. */
  track?: Track | undefined;
}

/** The result of a fetch: its text, or an error. */
export interface Answer {
  text: string | null;
  error: StatusError | null;
  statusCode: number | null;
  /** When the server sent it, in milliseconds since 1970: a cached copy keeps this time. NaN if that is unknown. */
  sent: number;
  /** How long a cache between has kept it, in milliseconds. */
  kept: number;
}

/**
 * Fetches the status. Never throws. A report that is stale, missing or unreadable is "unknown", so that a site may show
 * `data.platform_status` without further checks; fetchStatus returns the report as it was published.
 */
export async function fetchPlatformStatus(options: FetchStatusOptions = {}): Promise<PlatformStatusResult> {
  const { data, error, stale } = await fetchStatus(options);
  if (!data) return { data: unknownStatus(), error, stale };
  if (!stale) return { data, error, stale };
  return { data: { ...data, platform_status: "unknown", headline: undefined }, error, stale };
}

/**
 * Fetches the status, with its age and the outcome of the fetch. Never throws.
 *
 * The browser keeps no copy: its cache would show the status of five minutes ago beside details of now.
 */
export async function fetchStatus(options: FetchStatusOptions = {}): Promise<StatusResult> {
  const isServer = typeof window === "undefined";
  const caching: RequestInit = isServer
    ? { next: { revalidate: REVALIDATE_SECONDS, tags: [STATUS_TAG] } }
    : { cache: "no-store" };
  let result = await fetchOnce(options, caching);
  if (isServer && options.againIfStale && result.stale) {
    const again = await fetchOnce(options, { cache: "no-store" });
    if (again.data) result = again;
  }
  const { error, stale, ageMinutes, statusCode, duration } = result;
  const properties = { duration, status_code: statusCode, age_minutes: ageMinutes };
  try {
    const track = options.track ?? announce;
    if (error) track("status_fetch_error", { ...properties, reason: error });
    else track(stale ? "status_stale_data" : "status_fetch_success", properties);
  } catch {
    // An error in the analytics must not hide the status.
  }
  return result;
}

/** The given address of status.json, else the one from the build of the site. */
export function statusUrl(url?: string): string | undefined {
  return url || process.env.NEXT_PUBLIC_STATUS_JSON_URL || undefined;
}

/** Fetches a document of the publication. Never throws. */
export async function fetchText(url: string, caching: RequestInit, seconds = TIMEOUT_SECONDS): Promise<Answer> {
  // The signal also stops reading the body, which can hang as well.
  const signal = AbortSignal.timeout(seconds * 1000);
  let statusCode: number | null = null;
  let [sent, kept] = [NaN, 0];
  try {
    const headers = { Accept: "application/json" };
    const response = await fetch(url, { ...caching, headers, credentials: "omit", signal });
    statusCode = response.status;
    sent = Date.parse(response.headers.get("Date") ?? "");
    kept = 1000 * (Number(response.headers.get("Age")) || 0);
    if (!response.ok) return { text: null, error: "http", statusCode, sent, kept };
    const text = await boundedText(response);
    return { text, error: text === null ? "invalid" : null, statusCode, sent, kept };
  } catch {
    return { text: null, error: signal.aborted ? "timeout" : "network", statusCode, sent, kept };
  }
}

/** Reads a body, at most LONGEST_ANSWER bytes of it: null if it is longer. */
async function boundedText(response: Response): Promise<string | null> {
  const reader = response.body?.getReader();
  if (!reader) return "";
  const decoder = new TextDecoder();
  let text = "";
  let length = 0;
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    length += part.value.byteLength;
    if (length > LONGEST_ANSWER) {
      await reader.cancel();
      return null;
    }
    text += decoder.decode(part.value, { stream: true });
  }
  return text + decoder.decode();
}

/** Parses JSON. Returns undefined if it is invalid. */
export function parsed(text: string | null): unknown {
  try {
    return text === null ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function fetchOnce(options: FetchStatusOptions, caching: RequestInit): Promise<StatusResult> {
  const url = statusUrl(options.url);
  const began = performance.now();
  const answer: Answer = url
    ? await fetchText(url, caching, options.timeoutSeconds)
    : { text: null, error: "not-configured", statusCode: null, sent: NaN, kept: 0 };
  const duration = Math.round(performance.now() - began);
  // This device's time, or that of the server that answered: a slow clock would take a stale report for a valid one.
  const judgedAt = Math.max(currentTime(), answer.sent + answer.kept || 0);
  const common = { statusCode: answer.statusCode, duration, judgedAt };
  const value = parsed(answer.text);
  const data = readStatus(value);
  if (!data) {
    const error = answer.error ?? (value === undefined ? "json" : "invalid");
    return { ...common, data: null, error, stale: false, ageMinutes: null };
  }
  const ageMinutes = ageInMinutes(data.updated_at, judgedAt);
  return { ...common, data, error: null, stale: isStale(data, judgedAt), ageMinutes };
}
