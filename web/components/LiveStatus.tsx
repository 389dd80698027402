// SPDX-License-Identifier: MIT
// Keeps the card true while it is looked at: judges its age by the visitor's clock, and asks anew each minute.
"use client";

import { useEffect, useRef, useState } from "react";
import { isStale } from "../lib/age";
import { fetchStatus, type StatusError } from "../lib/fetchStatus";
import { onStatusEvent, type StatusEvent } from "../lib/onStatusEvent";
import type { Status } from "../lib/status.types";
import { StatusView } from "./StatusView";

const ASK_EVERY = 60_000;
const LOOK_AT_CLOCK_EVERY = 5_000;

interface Props {
  data: Status | null;
  error: StatusError | null;
  /** When the server made this, in milliseconds since 1970. */
  renderedAt: number;
  /** Whether the server's judgement holds for this visitor: the page was made for them. */
  judged: boolean;
  title: string;
}

export function LiveStatus({ data, error, renderedAt, judged, title }: Props) {
  const [report, setReport] = useState({ data, error });
  const [now, setNow] = useState(renderedAt);
  const [phase, setPhase] = useState<"rendered" | "checking" | "judged">(judged ? "judged" : "rendered");
  const told = useRef("");

  useEffect(() => {
    let gone = false;
    // The page is from the past. A clock that says otherwise is behind, and would take what is stale for fresh.
    const behind = Math.max(0, renderedAt - Date.now());

    // What stays as it is, is told once.
    function tell(event: StatusEvent) {
      const key = `${event.name} ${event.reason}`;
      if (key === told.current) return;
      told.current = key;
      onStatusEvent(event);
    }

    function lookAtClock() {
      setNow(Date.now() + behind);
    }

    async function ask() {
      lookAtClock();
      if (document.visibilityState === "hidden") return;
      const answer = await fetchStatus({ againIfStale: true, onEvent: tell });
      if (gone) return;
      setReport((before) => ({ data: newer(answer.data, before.data), error: answer.error }));
      setPhase("judged");
      lookAtClock();
    }

    // What the page came with, where it still holds, is shown at once; else nothing is claimed until the answer is there.
    setPhase(data && !error && !isStale(data, Date.now() + behind) ? "judged" : "checking");
    void ask();
    const timers = [setInterval(ask, ASK_EVERY), setInterval(lookAtClock, LOOK_AT_CLOCK_EVERY)];
    document.addEventListener("visibilitychange", ask);
    window.addEventListener("pageshow", lookAtClock);
    return () => {
      gone = true;
      timers.forEach(clearInterval);
      document.removeEventListener("visibilitychange", ask);
      window.removeEventListener("pageshow", lookAtClock);
    };
  }, [data, error, renderedAt]);

  return <StatusView data={report.data} error={report.error} now={now} phase={phase} title={title} />;
}

/** Of two reports the newer: a cache on the way may answer with an older one than the page came with. */
function newer(one: Status | null, other: Status | null): Status | null {
  if (!one || !other) return one ?? other;
  return one.updated_at < other.updated_at ? other : one;
}
