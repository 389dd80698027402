// SPDX-License-Identifier: MIT
// Elements that several parts share. No state, no clock, no network.

import { agoTexts, dateText } from "./age";
import type { Tone } from "./headline";
import { inserted, type Messages } from "./messages";
import type { ReactNode } from "react";
import "./card.css";

// Colour is never the only sign: each tone has a shape of its own.
const SHAPES: Record<Tone, string> = {
  operational: "M8 1.5a6.5 6.5 0 1 0 0 13a6.5 6.5 0 1 0 0-13Z",
  degraded: "M8 1.6 15.2 14.2H.8Z",
  outage: "M2 2H14V14H2Z",
  maintenance: "M4.5 1.5h7a3 3 0 0 1 3 3v7a3 3 0 0 1-3 3h-7a3 3 0 0 1-3-3v-7a3 3 0 0 1 3-3Z",
  unknown: "M8 1.5a6.5 6.5 0 1 0 0 13a6.5 6.5 0 1 0 0-13ZM8 4.5a3.5 3.5 0 1 1 0 7a3.5 3.5 0 1 1 0-7Z",
};

export function Dot({ tone, pulse = false }: { tone: Tone; pulse?: boolean }) {
  return (
    <svg className="elytra-dot" data-tone={tone} viewBox="0 0 16 16" aria-hidden="true" focusable="false">
      {pulse && <path className="elytra-pulse" d={SHAPES[tone]} />}
      <path d={SHAPES[tone]} fillRule="evenodd" />
    </svg>
  );
}

/** An age: short on the screen, and in full for screen readers. */
export function Ago({ time, now, messages }: { time: string; now: number; messages: Messages }) {
  const { short, long } = agoTexts(time, now, messages);
  return (
    <time dateTime={time} title={dateText(time, messages)} suppressHydrationWarning>
      {short === long ? (
        long
      ) : (
        <>
          <span aria-hidden="true" suppressHydrationWarning>
            {short}
          </span>
          <span className="elytra-unseen" suppressHydrationWarning>
            {long}
          </span>
        </>
      )}
    </time>
  );
}

/** A time as a date. Server and browser may write it differently, if their versions of Unicode differ. */
export function Moment({ time, messages }: { time: string; messages: Messages }) {
  return (
    <time dateTime={time} suppressHydrationWarning>
      {dateText(time, messages)}
    </time>
  );
}

/** A sentence of the messages, with an element in place of {when}. */
export function When({ sentence, children }: { sentence: string; children: ReactNode }) {
  const [before, after] = sentence.split("{when}");
  return (
    <>
      {before}
      {children}
      {after}
    </>
  );
}

/** Beginning and end of an announcement, as far as they are known and in the future. */
export function Span(props: { since?: string | null; until?: string | null; now: number; messages: Messages }) {
  const { since, until, now, messages } = props;
  const from = since && Date.parse(since) > now ? inserted(messages.from, { when: dateText(since, messages) }) : "";
  const to = until ? inserted(messages.until, { when: dateText(until, messages) }) : "";
  if (!from && !to) return null;
  return (
    <span className="elytra-span" suppressHydrationWarning>
      {[from, to].filter(Boolean).join(" ")}
    </span>
  );
}
