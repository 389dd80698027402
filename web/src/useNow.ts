// SPDX-License-Identifier: MIT
"use client";

import { useState, useSyncExternalStore } from "react";

const TICK = 5_000;

/**
 * The visitor's time in milliseconds, renewed every five seconds; null on the server and until the page is live.
 *
 * The page was rendered at `renderedAt`. If this is in the future by the visitor's clock, the clock is slow, and would
 * take a stale report for a valid one: it is corrected by the difference. `behind` are the milliseconds by which it is
 * slow by the last answer of a server, which also corrects the clock of a page that was rendered long ago.
 */
export function useNow(renderedAt: number, behind: number): number | null {
  const [clock] = useState(() => new Clock(renderedAt));
  const now = useSyncExternalStore(clock.subscribe, clock.time, unknownTime);
  return now === null ? null : now + Math.max(clock.behind, behind);
}

function unknownTime(): null {
  return null;
}

class Clock {
  /** Milliseconds by which the visitor's clock is slow by the time of the page. */
  behind = 0;
  private now: number | null = null;

  constructor(private readonly renderedAt: number) {}

  time = () => this.now;

  subscribe = (changed: () => void) => {
    this.behind = Math.max(0, this.renderedAt - Date.now());
    const tick = () => {
      this.now = Date.now();
      changed();
    };
    tick();
    const timer = setInterval(tick, TICK);
    document.addEventListener("visibilitychange", tick);
    window.addEventListener("pageshow", tick);
    return () => {
      clearInterval(timer);
      document.removeEventListener("visibilitychange", tick);
      window.removeEventListener("pageshow", tick);
    };
  };
}
