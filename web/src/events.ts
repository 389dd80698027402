// SPDX-License-Identifier: MIT
// Events for the site's analytics: the outcome of each fetch of the status.

export type StatusEventName = "status_fetch_success" | "status_fetch_error" | "status_stale_data";

// A type, as an interface could not be passed to functions that take any properties.
export type StatusEventProperties = {
  /** How long the fetch took, in milliseconds. */
  duration: number;
  /** The HTTP status, null if there was no response. */
  status_code: number | null;
  /** Whole minutes since the status was decided, null if that is unknown. */
  age_minutes: number | null;
  /** What went wrong, for status_fetch_error. */
  reason?: string;
};

/** A function of the site that counts an event, such as `track` of @vercel/analytics. */
export type Track = (name: StatusEventName, properties: StatusEventProperties) => void;

/** The event of the document after each fetch in the browser. Its detail holds the name and the properties. */
export const STATUS_EVENT = "platform-status";

/** Reports an event: in the browser as an event of the document, on the server as a log entry if it is an error. */
export const announce: Track = (name, properties) => {
  if (typeof document !== "undefined") {
    document.dispatchEvent(new CustomEvent(STATUS_EVENT, { detail: { name, ...properties } }));
  } else if (name !== "status_fetch_success") {
    console.warn(`${name}: ${properties.reason ?? `${properties.age_minutes} minutes old`}`);
  }
};

/** Calls `track` for each event in this browser. Returns a function that ends this. */
export function trackStatusEvents(track: Track): () => void {
  const pass = (event: Event) => {
    const { name, ...properties } = (event as CustomEvent<{ name: StatusEventName } & StatusEventProperties>).detail;
    track(name, properties);
  };
  document.addEventListener(STATUS_EVENT, pass);
  return () => document.removeEventListener(STATUS_EVENT, pass);
}
