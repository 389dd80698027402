// SPDX-License-Identifier: MIT
// What the site's analytics may count: how the fetches of the status go.

export type StatusEventName = "status_fetch_success" | "status_fetch_error" | "status_stale_data";

export interface StatusEventProperties {
  /** How long the fetch took, in milliseconds. */
  duration: number;
  /** The status code of HTTP, null if no answer came. */
  status_code: number | null;
  /** Whole minutes since the status was decided, null if that is unknown. */
  age_minutes: number | null;
  /** What went wrong, for status_fetch_error. */
  reason?: string;
}

/** A function of the site's that counts an event, such as `track` of @vercel/analytics. */
export type Track = (name: StatusEventName, properties: StatusEventProperties) => void;

/** The event of the document that every fetch in the browser leads to. Its detail has the name beside the properties. */
export const STATUS_EVENT = "platform-status";

/** Passes an event on: in the browser as an event of the document, on the server to the log if something is wrong. */
export const announce: Track = (name, properties) => {
  if (typeof document !== "undefined") {
    document.dispatchEvent(new CustomEvent(STATUS_EVENT, { detail: { name, ...properties } }));
  } else if (name !== "status_fetch_success") {
    console.warn(`${name}: ${properties.reason ?? `${properties.age_minutes} minutes old`}`);
  }
};

/** Calls `track` for each event in this browser until the function that is returned is called. */
export function trackStatusEvents(track: Track): () => void {
  const pass = (event: Event) => {
    const { name, ...properties } = (event as CustomEvent<{ name: StatusEventName } & StatusEventProperties>).detail;
    track(name, properties);
  };
  document.addEventListener(STATUS_EVENT, pass);
  return () => document.removeEventListener(STATUS_EVENT, pass);
}
