// SPDX-License-Identifier: MIT
// The last 90 days: a chart for each component, its legend, and the days as tables. No state, no clock, no network.

import { countText, durationText } from "./age";
import "./card.css";
import { stateOf, stepOf, STEPS, type Day } from "./days";
import "./details.css";
import { inserted, type Messages } from "./messages";

/** A chart: each column has the colour of the day's worst state, and is filled by how long it lasted. */
export function DaysChart({ days, messages }: { days: Day[]; messages: Messages }) {
  return (
    <div className="elytra-days" role="img" aria-label={chartText(days, messages)} suppressHydrationWarning>
      {days.map((day) => {
        const state = stateOf(day);
        const step = state === "down" ? stepOf(day[2]) : state === "degraded" ? stepOf(day[3]) : undefined;
        const title = dayText(day, messages);
        return <Column key={day[0]} state={state} step={step} work={day[4] > 0} title={title} />;
      })}
    </div>
  );
}

interface ColumnProps {
  state: string;
  step?: number | undefined;
  work?: boolean;
  title?: string;
}

function Column({ state, step, work, title }: ColumnProps) {
  return (
    <span
      data-state={state}
      data-step={step}
      data-work={work || undefined}
      title={title}
      suppressHydrationWarning={title !== undefined}
    />
  );
}

export function Legend({ days, messages }: { days: Day[]; messages: Messages }) {
  const { legend, componentStatus, maintenance } = messages;
  const downs = [legend.down1, legend.down2, legend.down3, legend.down4, legend.down5];
  const meanings: [string, ColumnProps][] = [
    [legend.up, { state: "up" }],
    ...downs.map((text, index): [string, ColumnProps] => [text, { state: "down", step: index + 1 }]),
    [componentStatus.degraded, { state: "degraded", step: Math.floor(STEPS.length / 2) + 1 }],
    [legend.none, { state: "none" }],
  ];
  if (days.some((day) => day[4] > 0)) meanings.push([maintenance, { state: "up", work: true }]);
  return (
    <ul className="elytra-legend">
      {meanings.map(([text, column]) => (
        <li key={text}>
          <span className="elytra-days" aria-hidden="true">
            <Column {...column} />
          </span>
          {text}
        </li>
      ))}
    </ul>
  );
}

/** The days that were not good, as tables, for those who cannot point at a column. */
export function DaysTables({ parts, messages }: { parts: { name: string; days: Day[] }[]; messages: Messages }) {
  return (
    <details className="elytra-figures">
      <summary>{messages.everyDay}</summary>
      <div className="elytra-tables" role="region" aria-label={messages.everyDay} tabIndex={0}>
        {parts.map(({ name, days }, index) => (
          <DaysTable key={index} name={name} days={days} messages={messages} />
        ))}
      </div>
    </details>
  );
}

function DaysTable({ name, days, messages }: { name: string; days: Day[]; messages: Messages }) {
  const listed = days.filter((day) => secondsOf(day).some((seconds) => seconds > 0)).reverse();
  const heads = [messages.down, messages.componentStatus.degraded, messages.maintenance];
  const columns = heads.flatMap((head, index) =>
    listed.some((day) => secondsOf(day)[index]) ? [{ head, index }] : [],
  );
  const without = days.filter((day) => stateOf(day) === "none" && !listed.includes(day)).map(([date]) => date);
  return (
    <table>
      <caption>
        <bdi>{name}</bdi>
      </caption>
      {listed.length > 0 && (
        <thead>
          <tr>
            {[messages.day, ...columns.map(({ head }) => head)].map((head) => (
              <th key={head} scope="col">
                {head}
              </th>
            ))}
          </tr>
        </thead>
      )}
      <tbody>
        {listed.map((day) => (
          <tr key={day[0]}>
            <th scope="row">{day[0]}</th>
            {columns.map(({ index }) => (
              <td key={index} suppressHydrationWarning>
                {secondsOf(day)[index]! > 0 && durationText(secondsOf(day)[index]!, messages)}
              </td>
            ))}
          </tr>
        ))}
        {listed.length === 0 && (
          <tr>
            <td>{messages.noDowntime}</td>
          </tr>
        )}
        {without.length > 0 && (
          <tr>
            <td colSpan={columns.length + 1}>
              {inserted(messages.noEvidence, { days: runsOf(without, messages).join(messages.listSeparator) })}
            </td>
          </tr>
        )}
      </tbody>
    </table>
  );
}

/** The seconds of a day in the columns of a table: downtime, degraded, maintenance. */
function secondsOf([, , down, degraded, work]: Day): [number, number, number] {
  return [down, degraded, work];
}

function chartText(days: Day[], messages: Messages): string {
  const count = (text: string, belongs: (day: Day) => boolean) =>
    countText(text, { count: days.filter(belongs).length }, messages);
  const degraded = days.some((day) => day[3] > 0) && count(messages.daysDegraded, (day) => day[3] > 0);
  const unknown = days.some((day) => stateOf(day) === "none") && count(messages.daysUnknown, isUnknown);
  return [messages.days, count(messages.daysWithDowntime, (day) => day[2] > 0), degraded, unknown]
    .filter(Boolean)
    .join(". ");
}

function isUnknown(day: Day): boolean {
  return stateOf(day) === "none";
}

function dayText(day: Day, messages: Messages): string {
  const [date, uptime] = day;
  const heads = [messages.down, messages.componentStatus.degraded, messages.maintenance];
  const facts = secondsOf(day).flatMap((seconds, index) =>
    seconds > 0 ? [`${heads[index]} ${durationText(seconds, messages)}`] : [],
  );
  if (facts.length > 0) return inserted(messages.dayWith, { date, facts: facts.join(messages.listSeparator) });
  return inserted(uptime === null ? messages.dayUnknown : messages.dayUp, { date });
}

/** Dates as texts, with first and last date for each run of consecutive ones. */
function runsOf(dates: string[], messages: Messages): string[] {
  const runs: [first: string, last: string][] = [];
  for (const date of dates) {
    const run = runs.at(-1);
    if (run && Date.parse(date) - Date.parse(run[1]) === 86_400_000) run[1] = date;
    else runs.push([date, date]);
  }
  return runs.map(([first, last]) => (first === last ? first : inserted(messages.span, { first, last })));
}
