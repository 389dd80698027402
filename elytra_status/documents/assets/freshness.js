// SPDX-License-Identifier: MIT
// Judges a status.json at a moment. A stale, invalid or unfamiliar report is unknown, never green by default. The page
// and the card share it. It uses only the language. TEXTS, which precedes it, holds the texts in the language of the
// document: `statuses` are the headlines if a report has none, or is not valid. GOOD, which precedes it too, are the
// codes of headlines that look operational.
const ages = new Intl.RelativeTimeFormat(TEXTS.locale);
// Milliseconds. If a report is dated further in the future, a clock is wrong, and its age is not known.
const AHEAD = 5 * 60e3;

// Returns a time of status.json in milliseconds; NaN for anything else.
function momentOf(text) {
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(text) ? Date.parse(text) : NaN;
}

// Returns an age in the largest unit of which there are at least two, such as "26 hours ago".
function ago(milliseconds) {
  const minutes = Math.floor(Math.max(0, milliseconds) / 60e3);
  for (const [size, word] of [[1440, "day"], [60, "hour"], [1, "minute"]]) {
    const count = Math.floor(minutes / size);
    if (count > 1 || (count && size === 1)) return ages.format(-count, word);
  }
  return TEXTS.justNow;
}

// Returns the present time of the server that answered, in milliseconds; NaN if that is unknown. A cache passes on an
// old Date, and the Age since then.
function dateOf(answer) {
  return Date.parse(answer.headers.get("Date")) + 1e3 * answer.headers.get("Age");
}

// Returns the present time in milliseconds: that of this device or of the server that answered, whichever is later. A
// device with a slow clock would take a stale report for fresh.
function nowBy(answer) {
  return Math.max(Date.now(), dateOf(answer) || 0);
}

// Judges the text of a status.json (null after a failed request) at `now`, in milliseconds. Returns
//   status    a platform_status
//   looks     its appearance: the status, or what the headline makes of it
//   words     the headline; the status for people if the report is not valid or has no headline
//   age       the age of the report, such as "3 minutes ago"; "" if that is not known
//   stale     whether the report is stale or invalid, so that the status is unknown
//   updated   the time of the report in milliseconds; `before` if it cannot be read
//   report    the document; null if it is stale or invalid
function statusAt(text, now, before = NaN) {
  let report = null;
  try {
    report = JSON.parse(text);
  } catch {
    // The report stays null.
  }
  const made = momentOf(report?.updated_at);
  const updated = made || before;
  // A report of an early version has no stale_after: it is valid for half an hour. A comparison with NaN is false.
  const holds = made <= now + AHEAD && Object.keys(TEXTS.statuses).includes(report.platform_status) &&
    now < (report.stale_after == null ? made + 18e5 : momentOf(report.stale_after));
  const status = holds ? report.platform_status : "unknown";
  const headline = holds ? report.headline : null;
  // Without a headline, late backups are not green either.
  const isLate = ["failed", "warning"].includes(report?.backups?.last_backup_status);
  const code = headline == null ? isLate || status : headline.code;
  return {
    status,
    // A headline that is not known to be good is never green.
    looks: code === "maintenance" ? code : status === "operational" && !GOOD.includes(code) ? "degraded" : status,
    words: (typeof headline?.text === "string" && headline.text.trim()) || TEXTS.statuses[status],
    age: updated <= now + AHEAD ? ago(now - updated) : "",
    stale: !holds,
    updated,
    report: holds ? report : null,
  };
}
