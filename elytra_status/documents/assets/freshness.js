// SPDX-License-Identifier: MIT
// What a status.json says at a moment. Whatever is stale, broken, or not known for sure, is unknown: never green by
// default. Shared by the page and the card; it needs nothing but the language.

// What is said where no headline was published: of reports by versions before it, and of those that do not hold.
const WORDS = new Map([
  ["operational", "Platform operational"],
  ["degraded", "Service degraded"],
  ["outage", "Service outage"],
  ["unknown", "Status unknown"],
]);
// A report from further ahead than this shows that the clock is wrong, and its age cannot be known.
const AHEAD = 5 * 60e3;

// A moment of the contract in milliseconds, NaN for anything else.
function momentOf(text) {
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(text) ? Date.parse(text) : NaN;
}

// How long ago something was, in the largest unit of which there are two: "26 hours ago"; "" where that is not known.
function ago(milliseconds) {
  if (Number.isNaN(milliseconds)) return "";
  const minutes = Math.floor(Math.max(0, milliseconds) / 60e3);
  for (const [size, word] of [[1440, "day"], [60, "hour"], [1, "minute"]]) {
    const count = Math.floor(minutes / size);
    if (count > 1 || (count && size === 1)) return `${count} ${word}${count > 1 ? "s" : ""} ago`;
  }
  return "less than a minute ago";
}

// What time it is, in milliseconds: by this device or by the server that gave an answer, whichever is later. A device
// whose clock is behind would take what is stale for fresh; so would a cache that passes on an old Date.
function nowBy(answer) {
  const date = Date.parse(answer.headers.get("Date")) + 1e3 * (answer.headers.get("Age") || 0);
  return Math.max(Date.now(), date || 0);
}

// What the text of a status.json (null where none came) says at `now`, in milliseconds.
//   status    one of the words of the contract
//   looks     like what it is shown: as its status, or as maintenance
//   words     the headline that was published; where the report does not hold, or has none, the status for people
//   age       how old the report is: "3 minutes ago"; "" where that is not known
//   stale     whether it is unknown because the report may not be relied on, whatever it says
//   updated   when the report was made, in milliseconds; `before` where there is none to be read, else NaN
//   report    the document, null where it is stale
function statusAt(text, now, before = NaN) {
  let report = null;
  try {
    report = JSON.parse(text);
  } catch {
    // It stays null.
  }
  const made = momentOf(report?.updated_at);
  const updated = Number.isNaN(made) ? before : made;
  // Reports of early versions do not say until when they are valid. It is half an hour.
  // A comparison with NaN is false.
  const holds = made <= now + AHEAD && WORDS.has(report.platform_status) &&
    now < (report.stale_after == null ? made + 18e5 : momentOf(report.stale_after));
  const status = holds ? report.platform_status : "unknown";
  const headline = holds ? report.headline : null;
  return {
    status,
    looks: headline?.code === "maintenance" ? "maintenance" : status,
    words: (typeof headline?.text === "string" && headline.text.trim()) || WORDS.get(status),
    age: updated <= now + AHEAD ? ago(now - updated) : "",
    stale: !holds,
    updated,
    report: holds ? report : null,
  };
}
