// SPDX-License-Identifier: MIT
// What is shown of a status. No state, no clock, no network: the same on server and in browser.

import { useId } from "react";
import { agoTexts, dateText, isStale, staleFrom } from "../lib/age";
import type { StatusError } from "../lib/fetchStatus";
import type { Status } from "../lib/status.types";
import styles from "./PlatformStatusCard.module.css";

type Tone = Status["platform_status"] | "maintenance";

// For reports without a headline, from before there were any, and those that do not hold.
const HEADLINES: Record<Status["platform_status"], string> = {
  operational: "Platform operational",
  degraded: "Service degraded",
  outage: "Service outage",
  unknown: "Status unknown",
};
const BACKUPS: Record<Status["backups"]["last_backup_status"], [tone: Tone, words: string]> = {
  success: ["operational", "Up to date"],
  warning: ["degraded", "Late"],
  failed: ["outage", "Failed or overdue"],
  unknown: ["unknown", "Not known"],
};
const NOTICES = { override: "Notice", maintenance: "Maintenance", incident: "Incident" };
const WINDOWS = [
  ["last_24h", "24 hours"],
  ["last_7d", "7 days"],
  ["last_30d", "30 days"],
] as const;
// Colour is never the only sign: each tone has a shape of its own.
const SHAPES: Record<Tone, string> = {
  operational: "M8 1.5a6.5 6.5 0 1 0 0 13a6.5 6.5 0 1 0 0-13Z",
  degraded: "M8 1.6 15.2 14.2H.8Z",
  outage: "M2 2H14V14H2Z",
  maintenance: "M4.5 1.5h7a3 3 0 0 1 3 3v7a3 3 0 0 1-3 3h-7a3 3 0 0 1-3-3v-7a3 3 0 0 1 3-3Z",
  unknown: "M8 1.5a6.5 6.5 0 1 0 0 13a6.5 6.5 0 1 0 0-13ZM8 4.5a3.5 3.5 0 1 1 0 7a3.5 3.5 0 1 1 0-7Z",
};

interface Props {
  data: Status | null;
  error: StatusError | null;
  /** Milliseconds since 1970. */
  now: number;
  /** "rendered" is for a page that is kept: what it says holds for when it was made, and is shown without colour. */
  phase: "rendered" | "checking" | "judged";
  title: string;
}

export function StatusView({ data, error, now, phase, title }: Props) {
  const heading = useId();
  const holds = data !== null && error === null && !isStale(data, now);
  const said = holds && phase !== "checking" ? data : null;
  const status = said?.platform_status ?? "unknown";
  const looks: Tone = said?.headline?.code === "maintenance" ? "maintenance" : status;
  const tone: Tone = phase === "judged" ? looks : "unknown";
  return (
    <section className={styles.card} data-tone={tone} data-phase={phase} aria-labelledby={heading}>
      <header className={styles.header}>
        <h2 id={heading}>{title}</h2>
        <div className={styles.headline}>
          <Dot tone={tone} pulse={tone !== "unknown"} />
          <p role="status">
            <bdi>{phase === "checking" ? "Checking the status…" : (said?.headline?.text ?? HEADLINES[status])}</bdi>
          </p>
        </div>
        <p className={styles.quiet}>
          <Reason data={data} error={error} now={now} phase={phase} holds={holds} />
        </p>
        {phase === "rendered" && data && holds && (
          <noscript>
            <p className={styles.quiet}>
              It holds until {dateText(new Date(staleFrom(data)).toISOString())}. This page cannot renew it without
              JavaScript.
            </p>
          </noscript>
        )}
      </header>
      {data && <Facts data={data} now={now} past={!holds} judged={phase === "judged"} />}
    </section>
  );
}

function Reason({ data, error, now, phase, holds }: Omit<Props, "title"> & { holds: boolean }) {
  if (!data) {
    if (phase === "checking") return "There is no report yet.";
    return error === "not-configured" ? "No address of a report is set." : "The report could not be read.";
  }
  // A page that is kept does not know how long ago that will be.
  const when = phase === "rendered" ? dateText(data.updated_at) : <Ago time={data.updated_at} now={now} />;
  if (phase === "checking" || !holds) return <>Last report {when}</>;
  return <>Updated {when}</>;
}

function Facts({ data, now, past, judged }: { data: Status; now: number; past: boolean; judged: boolean }) {
  const { uptime, backups, infrastructure, notices = [] } = data;
  const [backupTone, backupWords] = BACKUPS[backups.last_backup_status];
  const covered = backups.last_successful_backup;
  const newest = covered ?? backups.last_backup_time;
  const regions = infrastructure?.regions ?? [];
  const words = [infrastructure?.model, infrastructure?.notes].filter((text) => text);
  return (
    <div className={styles.facts} data-past={past || undefined}>
      {notices.length > 0 && (
        <ul className={styles.notices}>
          {notices.map((notice, index) => (
            <li key={index}>
              <strong>{NOTICES[notice.kind]}</strong> <bdi>{notice.text}</bdi>
              <Span since={notice.since} until={notice.until} now={now} />
            </li>
          ))}
        </ul>
      )}
      <h3>Uptime{past && " at the last report"}</h3>
      <dl className={styles.uptime}>
        {WINDOWS.map(([window, name]) => (
          <div key={window}>
            <dt>{name}</dt>
            <dd>{uptime[window] === null ? <Unknown /> : `${uptime[window]}%`}</dd>
          </div>
        ))}
      </dl>
      <h3>Backups{past && " at the last report"}</h3>
      <p className={styles.backups}>
        <Dot tone={past || !judged ? "unknown" : backupTone} />
        <span>
          {backupWords}
          {newest && (
            <span className={styles.quiet}>
              {covered ? ", last complete " : ", newest "}
              {judged ? <Ago time={newest} now={now} /> : dateText(newest)}
            </span>
          )}
        </span>
      </p>
      {backups.policy && (
        <p className={styles.quiet} dir="auto">
          {backups.policy}
        </p>
      )}
      {(words.length > 0 || regions.length > 0) && (
        <>
          <h3>Infrastructure</h3>
          {words.map((text, index) => (
            <p key={index} className={styles.quiet} dir="auto">
              {text}
            </p>
          ))}
          {regions.length > 0 && (
            <ul className={styles.regions} aria-label="Regions">
              {regions.map((region, index) => (
                <li key={index}>{region}</li>
              ))}
            </ul>
          )}
        </>
      )}
    </div>
  );
}

function Dot({ tone, pulse = false }: { tone: Tone; pulse?: boolean }) {
  return (
    <svg className={styles.dot} data-tone={tone} viewBox="0 0 16 16" aria-hidden="true" focusable="false">
      {pulse && <path className={styles.pulse} d={SHAPES[tone]} />}
      <path d={SHAPES[tone]} fillRule="evenodd" />
    </svg>
  );
}

/** How long ago, short for the eye and in full for the ear. */
function Ago({ time, now }: { time: string; now: number }) {
  const { short, long } = agoTexts(time, now);
  return (
    <time dateTime={time} title={dateText(time)}>
      {short === long ? (
        long
      ) : (
        <>
          <span aria-hidden="true">{short}</span>
          <span className={styles.unseen}>{long}</span>
        </>
      )}
    </time>
  );
}

/** From when until when a notice is for, as far as that is known and lies ahead. */
function Span({ since, until, now }: { since?: string | null; until?: string | null; now: number }) {
  const from = since && Date.parse(since) > now ? `from ${dateText(since)}` : "";
  const to = until ? `until ${dateText(until)}` : "";
  return from || to ? <span className={styles.span}>{[from, to].filter(Boolean).join(" ")}</span> : null;
}

function Unknown() {
  return (
    <>
      <span aria-hidden="true">–</span>
      <span className={styles.unseen}>not known</span>
    </>
  );
}
