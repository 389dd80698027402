// SPDX-License-Identifier: MIT
// Reads the platform's status, on the server and in the browser.

import { ageInMinutes, isStale } from "./age";
import isStatus from "./isStatus";
import { onStatusEvent, type StatusEvent } from "./onStatusEvent";
import type { Status } from "./status.types";

/** For how long the server keeps an answer, in seconds: the status is decided anew every ten minutes. */
export const REVALIDATE_SECONDS = 600;
/** Under which name the server keeps it: `revalidateTag(STATUS_TAG, …)` drops it. */
export const STATUS_TAG = "platform-status";
const TIMEOUT_SECONDS = 5;

export type StatusError = "not-configured" | "timeout" | "network" | "http" | "json" | "invalid";

export interface StatusResult {
  /** The status, where there is a valid one, stale or not. */
  data: Status | null;
  /** What went wrong, where there is none. */
  error: StatusError | null;
  /** Whether `data` is past its time and must be taken for unknown. */
  stale: boolean;
  /** Whole minutes since `data` was decided. */
  ageMinutes: number | null;
}

export interface FetchStatusOptions {
  /** Address of status.json. The default is NEXT_PUBLIC_STATUS_JSON_URL. */
  url?: string | undefined;
  /**
   * Ask again, past every cache on this side, where what lies there is stale: in the browser, and on the server where a
   * page is made for each request.
   */
  againIfStale?: boolean;
  timeoutSeconds?: number;
  onEvent?: (event: StatusEvent) => void;
}

/** Fetches the status. Never throws: what goes wrong is in `error`. */
export async function fetchStatus(options: FetchStatusOptions = {}): Promise<StatusResult> {
  const onEvent = options.onEvent ?? onStatusEvent;
  let result = await ask(options, { next: { revalidate: REVALIDATE_SECONDS, tags: [STATUS_TAG] } });
  if (options.againIfStale && result.stale) {
    const again = await ask(options, { cache: "no-store" });
    if (again.data) result = again;
  }
  try {
    const { ageMinutes, error } = result;
    if (error) onEvent({ name: "status_fetch_error", reason: error });
    else onEvent({ name: result.stale ? "status_stale_data" : "status_fetch_success", ageMinutes });
  } catch {
    // Counting must not take the status away from visitors.
  }
  return result;
}

async function ask(options: FetchStatusOptions, caching: RequestInit): Promise<StatusResult> {
  const url = options.url ?? process.env.NEXT_PUBLIC_STATUS_JSON_URL;
  if (!url) return failed("not-configured");
  // It ends the reading of the body too: that can hang as well.
  const signal = AbortSignal.timeout((options.timeoutSeconds ?? TIMEOUT_SECONDS) * 1000);
  let text: string;
  try {
    const response = await fetch(url, { ...caching, credentials: "omit", signal });
    if (!response.ok) return failed("http");
    text = await response.text();
  } catch {
    return failed(signal.aborted ? "timeout" : "network");
  }
  return read(text);
}

function read(text: string): StatusResult {
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch {
    return failed("json");
  }
  if (!isStatus(data)) return failed("invalid");
  const now = Date.now();
  return { data, error: null, stale: isStale(data, now), ageMinutes: ageInMinutes(data.updated_at, now) };
}

function failed(error: StatusError): StatusResult {
  return { data: null, error, stale: false, ageMinutes: null };
}
