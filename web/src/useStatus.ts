// SPDX-License-Identifier: MIT
"use client";

import { useCallback } from "react";
import { isStale, newer } from "./age";
import type { StatusError } from "./fetchStatus";
import { sharedStatus } from "./sharedStatus";
import type { PlatformStatus } from "./status.types";
import { useLive } from "./useLive";
import { useNow } from "./useNow";

const EVERY = 60_000;

/** The report that the page contained. */
export interface RenderedStatus {
  data: PlatformStatus | null;
  error: StatusError | null;
  /** When the server rendered this, in milliseconds since 1970. */
  renderedAt: number;
  /** Whether the page was rendered for this visitor, so that the server's judgement is valid for them. */
  judged: boolean;
  /** The address of status.json, if it is not NEXT_PUBLIC_STATUS_JSON_URL. */
  url?: string | undefined;
}

/**
 * "rendered" is for a cached page: its report was valid when it was rendered, and is shown without colour.
 * "checking" is for a stale report while a fetch is under way.
 */
export type Phase = "rendered" | "checking" | "judged";

/** Keeps a visible status current: fetches it each minute, and judges its age by the visitor's clock. */
export function useStatus({ data, error, renderedAt, judged, url }: RenderedStatus) {
  const load = useCallback(
    async (before: { data: PlatformStatus | null; error: StatusError | null }) => {
      const answer = await sharedStatus(url);
      return { data: newer(answer.data, before.data, Date.now()), error: answer.error };
    },
    [url],
  );
  const { known, answered } = useLive({ data, error }, load, EVERY);
  const now = useNow(renderedAt);
  const valid = known.data !== null && known.error === null && now !== null && !isStale(known.data, now);
  const live: Phase = answered || valid ? "judged" : "checking";
  const phase: Phase = now === null ? (judged ? "judged" : "rendered") : live;
  return { ...known, now: now ?? renderedAt, phase };
}
