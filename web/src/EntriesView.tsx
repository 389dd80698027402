// SPDX-License-Identifier: MIT
// Incidents and maintenance with their updates. No state, no clock, no network.

import { dateText } from "./age";
import "./card.css";
import type { Entry } from "./details";
import "./details.css";
import type { Messages } from "./messages";
import { Ago, Moment, Span } from "./parts";

interface Props {
  /** Milliseconds since 1970. */
  now: number;
  /** Whether `now` is the visitor's time. If not, the page is cached, and shows dates instead of ages. */
  judged: boolean;
  messages: Messages;
}

/** Announcements. `past` ones were current at a report that is not valid any more, and have no colour. */
export function Entries({ entries, past, ...common }: Props & { entries: Entry[]; past?: boolean }) {
  return (
    <ul className="elytra-entries" data-past={past || undefined}>
      {entries.map((entry) => (
        <EntryView key={entry.id} entry={entry} {...common} />
      ))}
    </ul>
  );
}

/** Whether maintenance has ended. It ends at its time, even if no later report says so. */
export function isOver({ phase, until }: Entry, now: number): boolean {
  return phase === "completed" || (until !== null && Date.parse(until) <= now);
}

function EntryView({ entry, now, judged, messages }: Props & { entry: Entry }) {
  const phase = phaseAt(entry, now);
  return (
    <li className="elytra-entry" data-impact={entry.impact ?? undefined}>
      <h3>{entry.link ? <a href={entry.link}>{entry.title}</a> : <bdi>{entry.title}</bdi>}</h3>
      <p className="elytra-quiet">
        {phase && <strong>{messages.phase[phase]}</strong>} {entry.components.join(messages.listSeparator)}
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

/** The phase of an entry: planned maintenance is in progress from its beginning on. */
function phaseAt({ phase, since }: Entry, now: number): Entry["phase"] {
  return phase === "scheduled" && since !== null && Date.parse(since) <= now ? "in_progress" : phase;
}
