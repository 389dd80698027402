// SPDX-License-Identifier: MIT
// The content of the card. No state, no clock, no network: the same on the server and in the browser.

import { useId } from "react";
import { dateText, percentText, staleFrom } from "./age";
import "./card.css";
import type { StatusError } from "./fetchStatus";
import { shownOf, type Tone } from "./headline";
import { inserted, type Labels, type Messages } from "./messages";
import { Ago, Dot, Moment, Span, When } from "./parts";
import type { PlatformStatus } from "./status.types";
import type { Phase } from "./useStatus";

const BACKUP_TONES: Record<PlatformStatus["backups"]["last_backup_status"], Tone> = {
  success: "operational",
  warning: "degraded",
  failed: "outage",
  unknown: "unknown",
};
const WINDOWS = ["last_24h", "last_7d", "last_30d"] as const;

export interface StatusViewProps {
  data: PlatformStatus | null;
  error: StatusError | null;
  /** Milliseconds since 1970. */
  now: number;
  phase: Phase;
  title: string;
  messages: Messages;
  labels?: Labels | undefined;
  /** The address of the details. */
  href?: string | undefined;
}

export function StatusView({ data, error, now, phase, title, messages, labels, href }: StatusViewProps) {
  const heading = useId();
  const { valid, text, tone } = shownOf({ data, error, now, phase }, messages, labels);
  return (
    <section
      className="elytra-card"
      data-tone={tone}
      data-phase={phase}
      aria-labelledby={heading}
      lang={messages.language}
      dir={messages.direction}
    >
      <header className="elytra-header">
        <h2 id={heading}>{title}</h2>
        <div className="elytra-headline">
          <Dot tone={tone} pulse={tone !== "unknown"} />
          <p role="status">
            <bdi>{text}</bdi>
          </p>
        </div>
        <p className="elytra-quiet">
          <Reason data={data} error={error} now={now} phase={phase} valid={valid !== null} messages={messages} />
        </p>
        {phase === "rendered" && valid && (
          <noscript>
            <p className="elytra-quiet">
              {inserted(messages.validUntil, { when: dateText(new Date(staleFrom(valid)).toISOString(), messages) })}
            </p>
          </noscript>
        )}
      </header>
      {data && <Facts data={data} now={now} past={!valid} judged={phase === "judged"} messages={messages} />}
      {href && (
        <p className="elytra-more">
          <a href={href}>{messages.more}</a>
        </p>
      )}
    </section>
  );
}

type ReasonProps = Pick<StatusViewProps, "data" | "error" | "now" | "phase" | "messages"> & { valid: boolean };

function Reason({ data, error, now, phase, valid, messages }: ReasonProps) {
  if (!data) {
    if (phase === "checking") return messages.noReport;
    return error === "not-configured" ? messages.notConfigured : messages.unreadable;
  }
  return (
    <When sentence={phase === "checking" || !valid ? messages.lastReport : messages.updated}>
      <Time time={data.updated_at} now={now} judged={phase !== "rendered"} messages={messages} />
    </When>
  );
}

/** A time in the past: its age, or its date on a cached page, which may be read much later. */
function Time({ judged, now, ...rest }: { time: string; now: number; judged: boolean; messages: Messages }) {
  return judged ? <Ago now={now} {...rest} /> : <Moment {...rest} />;
}

interface FactsProps {
  data: PlatformStatus;
  now: number;
  past: boolean;
  judged: boolean;
  messages: Messages;
}

function Facts({ data, now, past, judged, messages }: FactsProps) {
  const { uptime } = data;
  const notices = (data.notices ?? []).filter(({ until }) => !until || Date.parse(until) > now);
  return (
    <div className="elytra-facts" data-past={past || undefined}>
      {notices.length > 0 && (
        <ul className="elytra-notices">
          {notices.map((notice, index) => (
            <li key={index}>
              <strong>{messages.noticeKind[notice.kind]}</strong> <bdi>{notice.text}</bdi>
              <Span since={notice.since ?? null} until={notice.until ?? null} now={now} messages={messages} />
            </li>
          ))}
        </ul>
      )}
      <h3>{past ? messages.uptimeThen : messages.uptime}</h3>
      <dl className="elytra-uptime">
        {WINDOWS.map((window) => (
          <div key={window}>
            <dt>{messages[window]}</dt>
            <dd suppressHydrationWarning>
              {uptime[window] === null ? <Unknown messages={messages} /> : percentText(uptime[window], messages)}
            </dd>
          </div>
        ))}
      </dl>
      <Backups data={data} now={now} past={past} judged={judged} messages={messages} />
      <Infrastructure data={data} messages={messages} />
    </div>
  );
}

function Backups({ data: { backups }, now, past, judged, messages }: FactsProps) {
  const covered = backups.last_successful_backup;
  const newest = covered ?? backups.last_backup_time;
  const tone = past || !judged ? "unknown" : BACKUP_TONES[backups.last_backup_status];
  return (
    <>
      <h3>{past ? messages.backupsThen : messages.backups}</h3>
      <p className="elytra-backups">
        <Dot tone={tone} />
        <span>
          {messages.backupStatus[backups.last_backup_status]}
          {newest && (
            <span className="elytra-quiet">
              {messages.listSeparator}
              <When sentence={covered ? messages.lastComplete : messages.newest}>
                <Time time={newest} now={now} judged={judged} messages={messages} />
              </When>
            </span>
          )}
        </span>
      </p>
      {backups.policy && (
        <p className="elytra-quiet" dir="auto">
          {backups.policy}
        </p>
      )}
    </>
  );
}

function Infrastructure({ data: { infrastructure }, messages }: Pick<FactsProps, "data" | "messages">) {
  const regions = infrastructure?.regions ?? [];
  const words = [infrastructure?.model, infrastructure?.notes].filter((text) => text);
  if (words.length === 0 && regions.length === 0) return null;
  return (
    <>
      <h3>{messages.infrastructure}</h3>
      {words.map((text, index) => (
        <p key={index} className="elytra-quiet" dir="auto">
          {text}
        </p>
      ))}
      {regions.length > 0 && (
        <ul className="elytra-regions" aria-label={messages.regions}>
          {regions.map((region, index) => (
            <li key={index}>{region}</li>
          ))}
        </ul>
      )}
    </>
  );
}

function Unknown({ messages }: { messages: Messages }) {
  return (
    <>
      <span aria-hidden="true">–</span>
      <span className="elytra-unseen">{messages.notKnown}</span>
    </>
  );
}
