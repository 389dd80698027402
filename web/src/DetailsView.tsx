// SPDX-License-Identifier: MIT
// The details of a status: components, days, incidents and maintenance. No state, no clock, no network.

import { useId, type ReactNode } from "react";
import { countText, isStale, percentText } from "./age";
import "./card.css";
import { DaysChart, DaysTables, Legend } from "./DaysView";
import type { Component, Details } from "./details";
import "./details.css";
import { Entries, isOver } from "./EntriesView";
import { shownOf, type Report, type Shown, type Tone } from "./headline";
import type { Messages } from "./messages";
import { Dot } from "./parts";

/** The order in which visitors need them. */
const WORST_FIRST = ["outage", "degraded", "unknown", "maintenance", "operational"];

interface Props {
  details: Details | null;
  /** Whether the details are as recent as a valid status must be. */
  recent: boolean;
  /** The status, which decides whether the details show the present. */
  report: Report;
  messages: Messages;
}

export function DetailsView({ details, recent, report, messages }: Props) {
  if (!details) return <p className="elytra-missing">{messages.noDetails}</p>;
  const { now, phase } = report;
  const judged = phase === "judged";
  const shown = shownOf(report, messages);
  // The row of the platform must not contradict the card, so it has its colour too. An operational platform with an open
  // incident is operational in words.
  const operational = shown.tone === "degraded" && shown.valid?.platform_status === "operational";
  const status = operational ? "operational" : shown.tone;
  const valid = judged && recent && shown.valid !== null && !isStale(details, now) && agrees(details, status, shown);
  const platform = { ...details.platform, name: messages.platform };
  const parts = [platform, ...details.components];
  const days = parts.flatMap((one) => one.days);
  const open = (details.incidents ?? []).filter((one) => one.phase !== "resolved");
  const past = (details.incidents ?? []).filter((one) => one.phase === "resolved");
  const maintenance = (details.maintenance ?? []).filter((one) => !isOver(one, now));
  const entries = { now, judged, messages };
  return (
    <div className="elytra-details" lang={messages.language} dir={messages.direction}>
      {open.length > 0 && (
        <Section title={valid ? messages.openIncidents : messages.openIncidentsThen}>
          <Entries entries={open} past={!valid} {...entries} />
        </Section>
      )}
      {maintenance.length > 0 && (
        <Section title={valid ? messages.maintenance : messages.maintenanceThen}>
          <Entries entries={maintenance} past={!valid} {...entries} />
        </Section>
      )}
      <Section title={details.components.length > 0 ? messages.components : messages.days}>
        <ul className="elytra-components">
          <ComponentRow component={platform} status={status} tone={shown.tone} messages={messages} />
          {blocksOf(details.components).map(({ group, members }) => (
            <Block key={group ?? ""} group={group} members={members} valid={valid} messages={messages} />
          ))}
        </ul>
        {days.length > 0 && (
          <>
            <Legend days={days} messages={messages} />
            <DaysTables parts={parts.filter((one) => one.days.length > 0)} messages={messages} />
          </>
        )}
      </Section>
      {details.incidents && (
        <Section title={messages.pastIncidents}>
          {past.length === 0 && <p className="elytra-quiet">{messages.noIncidents}</p>}
          <Entries entries={past} {...entries} />
        </Section>
      )}
    </div>
  );
}

/**
 * Whether the details and the report can be of the same moment. Caches between may return one of them minutes later,
 * and rows must not contradict the headline above them.
 */
function agrees({ platform, components }: Details, status: Tone, { tone, valid }: Shown): boolean {
  const names = valid?.headline?.components ?? [];
  return (
    platform.status === status &&
    components.every((one) => (one.status === "operational" ? !names.includes(one.name) : tone !== "operational"))
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

/** The components in their groups, those with the worst state first. In the same state, those without a group are first. */
function blocksOf(components: Component[]): { group: string | null; members: Component[] }[] {
  const groups = new Map<string | null, Component[]>();
  for (const one of components) groups.set(one.group, [...(groups.get(one.group) ?? []), one]);
  const blocks = [...groups].map(([group, members]) => ({ group, members: members.sort(byState) }));
  return blocks.sort(
    (one, other) => byState(one.members[0]!, other.members[0]!) || Number(!!one.group) - Number(!!other.group),
  );
}

function byState(one: Component, other: Component): number {
  return WORST_FIRST.indexOf(one.status) - WORST_FIRST.indexOf(other.status);
}

interface BlockProps {
  group: string | null;
  members: Component[];
  valid: boolean;
  messages: Messages;
}

/** The rows of a group, which is open unless all of it is operational; or rows without a group. */
function Block({ group, members, valid, messages }: BlockProps) {
  const rows = members.map((one, index) => (
    <ComponentRow key={index} component={one} status={valid ? one.status : "unknown"} messages={messages} />
  ));
  if (group === null) return rows;
  const worst = members[0]!.status;
  return (
    <li className="elytra-group">
      <details open={worst !== "operational"}>
        <summary>
          <bdi>{group}</bdi> <State status={valid ? worst : "unknown"} messages={messages} />
        </summary>
        <ul>{rows}</ul>
      </details>
    </li>
  );
}

interface StateProps {
  status: Tone;
  /** The colour, if it is not that of the status. */
  tone?: Tone;
  messages: Messages;
}

function State({ status, tone = status, messages }: StateProps) {
  return (
    <span className="elytra-state" data-tone={tone}>
      <Dot tone={tone} /> {messages.componentStatus[status]}
    </span>
  );
}

function ComponentRow({ component, status, tone = status, messages }: StateProps & { component: Component }) {
  const { name, uptime, days, description } = component;
  return (
    <li className="elytra-component" data-tone={tone}>
      <h3>
        <bdi>{name}</bdi>
      </h3>
      <State status={status} tone={tone} messages={messages} />
      {description && (
        <p className="elytra-figure">
          <bdi>{description}</bdi>
        </p>
      )}
      {days.length > 0 && <DaysChart days={days} messages={messages} />}
      {uptime !== null && (
        <p className="elytra-figure" suppressHydrationWarning>
          {countText(messages.daysUptime, { percent: percentText(uptime, messages) }, messages)}
        </p>
      )}
    </li>
  );
}
