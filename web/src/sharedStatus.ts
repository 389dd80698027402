// SPDX-License-Identifier: MIT
// One request for all parts of a page in the browser.

import { announce, type Track } from "./events";
import { fetchStatus, statusUrl, type StatusResult } from "./fetchStatus";

/** How long parts share a request, in milliseconds from its beginning: longer than its timeout. */
const SHARED_FOR = 10_000;

/** A result, and the milliseconds by which the clock of this device was slow by it: 0 or less if it was not. */
export interface SharedResult extends StatusResult {
  behind: number;
}

/** The last request for each address. */
const requests = new Map<string, { began: number; result: Promise<SharedResult> }>();
/** The last event for each address: an unchanged outcome is counted once. */
const outcomes = new Map<string, string>();

/** Fetches the status, or returns the result of a request that another part began just now. Never throws. */
export function sharedStatus(url?: string): Promise<SharedResult> {
  const address = statusUrl(url) ?? "";
  const now = performance.now();
  const last = requests.get(address);
  if (last && now >= last.began && now < last.began + SHARED_FOR) return last.result;
  const track: Track = (name, properties) => {
    const outcome = `${name} ${properties.reason}`;
    if (outcomes.get(address) === outcome) return;
    outcomes.set(address, outcome);
    announce(name, properties);
  };
  const result = fetchStatus({ url, track }).then((one) => ({ ...one, behind: one.judgedAt - Date.now() }));
  requests.set(address, { began: now, result });
  return result;
}
