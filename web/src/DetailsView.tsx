// SPDX-License-Identifier: MIT
// The details of a status: components, days, incidents and maintenance. No state, no clock, no network.

import { useId, type ReactNode } from "react";
import { countText, dateText, isStale, percentText } from "./age";
import "./card.css";
import type { Component, Day, Details, Entry } from "./details";
import "./details.css";
import type { Tone } from "./headline";
import type { Messages } from "./messages";
import { Ago, Dot, Moment, Span } from "./parts";

const MINUTE = 60;

interface Props {
  details: Details | null;
  /** Milliseconds since 1970. */
  now: number;
  /** Whether `now` is the visitor's time. If not, the page is cached, and shows no colour. */
  judged: boolean;
  messages: Messages;
}

export function DetailsView({ details, now, judged, messages }: Props) {
  if (!details) return <p className="elytra-missing">{messages.noDetails}</p>;
  const valid = judged && !isStale(details, now);
  const platform = { ...details.platform, name: messages.platform };
  const open = (details.incidents ?? []).filter((one) => one.phase !== "resolved");
  const past = (details.incidents ?? []).filter((one) => one.phase === "resolved");
  const maintenance = (details.maintenance ?? []).filter((one) => one.phase !== "completed");
  const entries = { now, judged, messages };
  return (
    <div className="elytra-details" lang={messages.language} dir={messages.direction}>
      {open.length > 0 && <Entries title={messages.openIncidents} entries={open} {...entries} />}
      {maintenance.length > 0 && <Entries title={messages.maintenance} entries={maintenance} {...entries} />}
      <Section title={details.components.length > 0 ? messages.components : messages.days}>
        <ul className="elytra-components">
          {[platform, ...details.components].map((one, index) => (
            <ComponentRow key={index} component={one} valid={valid} messages={messages} />
          ))}
        </ul>
      </Section>
      {details.incidents && (
        <Entries title={messages.pastIncidents} entries={past} empty={messages.noIncidents} {...entries} />
      )}
    </div>
  );
}

function Section({ title, children }: { title: string; children: ReactNode }) {
  const heading = useId();
  return (
    <section aria-labelledby={heading}>
      <h2 id={heading}>{title}</h2>
      {children}
    </section>
  );
}

function ComponentRow({ component, valid, messages }: { component: Component; valid: boolean; messages: Messages }) {
  const { name, status, uptime, days } = component;
  const tone: Tone = valid ? status : "unknown";
  return (
    <li className="elytra-component" data-tone={tone}>
      <h3>
        <bdi>{name}</bdi>
      </h3>
      <span className="elytra-state">
        <Dot tone={tone} /> {messages.componentStatus[tone]}
      </span>
      {days.length > 0 && <Days days={days} messages={messages} />}
      {uptime !== null && (
        <p className="elytra-figure" suppressHydrationWarning>
          {countText(messages.daysUptime, { percent: percentText(uptime, messages) }, messages)}
        </p>
      )}
    </li>
  );
}

function Days({ days, messages }: { days: Day[]; messages: Messages }) {
  const downs = days.filter(([, , down]) => down > 0).length;
  const label = `${messages.days}. ${countText(messages.daysWithDowntime, { count: downs }, messages)}`;
  return (
    <div className="elytra-days" role="img" aria-label={label} suppressHydrationWarning>
      {days.map((day) => (
        <span key={day[0]} data-level={levelOf(day)} title={dayText(day, messages)} suppressHydrationWarning />
      ))}
    </div>
  );
}

/** The height of a day's fill, in steps, so that half a minute and three hours look different. */
function levelOf([, uptime, down]: Day): string {
  if (uptime === null) return "unknown";
  if (down === 0) return "none";
  return down < 5 * MINUTE ? "short" : down < 60 * MINUTE ? "medium" : "long";
}

function dayText([date, uptime, down]: Day, messages: Messages): string {
  if (uptime === null) return countText(messages.dayUnknown, { date }, messages);
  if (down === 0) return countText(messages.dayUp, { date }, messages);
  return countText(messages.dayDown, { date, minutes: Math.ceil(down / MINUTE) }, messages);
}

interface EntriesProps {
  title: string;
  entries: Entry[];
  empty?: string;
  now: number;
  judged: boolean;
  messages: Messages;
}

function Entries({ title, entries, empty, ...common }: EntriesProps) {
  return (
    <Section title={title}>
      {entries.length === 0 && <p className="elytra-quiet">{empty}</p>}
      <ul className="elytra-entries">
        {entries.map((entry) => (
          <EntryView key={entry.id} entry={entry} {...common} />
        ))}
      </ul>
    </Section>
  );
}

function EntryView({
  entry,
  now,
  judged,
  messages,
}: { entry: Entry } & Pick<EntriesProps, "now" | "judged" | "messages">) {
  return (
    <li className="elytra-entry" data-impact={entry.impact ?? undefined}>
      <h3>{entry.link ? <a href={entry.link}>{entry.title}</a> : <bdi>{entry.title}</bdi>}</h3>
      <p className="elytra-quiet">
        {entry.phase && <strong>{messages.phase[entry.phase]}</strong>} {entry.components.join(messages.listSeparator)}
        <Span since={entry.since} until={entry.until} now={now} messages={messages} />
      </p>
      <ol className="elytra-updates">
        {entry.updates.map((update, index) => (
          <li key={index}>
            {update.text !== entry.title && <bdi>{update.text}</bdi>}{" "}
            {update.time && (
              <span className="elytra-quiet" title={dateText(update.time, messages)} suppressHydrationWarning>
                {judged ? (
                  <Ago time={update.time} now={now} messages={messages} />
                ) : (
                  <Moment time={update.time} messages={messages} />
                )}
              </span>
            )}
          </li>
        ))}
      </ol>
    </li>
  );
}
