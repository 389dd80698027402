// SPDX-License-Identifier: MIT
// Where the site counts how its status is doing. Change this function to send the events to what you use.

/** How a fetch went: each is one of these. */
export type StatusEventName = "status_fetch_success" | "status_fetch_error" | "status_stale_data";

export interface StatusEvent {
  name: StatusEventName;
  /** Minutes since the status was decided, where one was had. */
  ageMinutes?: number | null;
  /** What went wrong, in a word, for status_fetch_error. */
  reason?: string;
}

/**
 * Takes each event. In the browser it becomes an event of the document, so that a tag manager can listen:
 *
 *     document.addEventListener("platform-status", (event) => send(event.detail.name, event.detail));
 *
 * On the server what goes wrong is logged.
 */
export function onStatusEvent(event: StatusEvent): void {
  if (typeof document !== "undefined") {
    document.dispatchEvent(new CustomEvent("platform-status", { detail: event }));
  } else if (event.name !== "status_fetch_success") {
    console.warn(`${event.name}: ${event.reason ?? `${event.ageMinutes} minutes old`}`);
  }
}
