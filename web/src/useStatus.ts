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

interface Known {
  data: PlatformStatus | null;
  error: StatusError | null;
  /** Milliseconds by which the visitor's clock was slow by the last answer: 0 or less if it was not. */
  behind: number;
}

/**
 * "rendered" is for a cached page: its report was valid when it was rendered, and is shown without colour.
 * "checking" is for a stale report while a fetch is under way.
 */
export type Phase = "rendered" | "checking" | "judged";

/** Keeps a visible status current: fetches it each minute, and judges its age by the visitor's clock. */
export function useStatus({ data, error, renderedAt, judged, url }: RenderedStatus) {
  const load = useCallback(
    async (before: Known): Promise<Known> => {
      const { data, error, statusCode, judgedAt, behind } = await sharedStatus(url);
      return {
        data: newer(data, before.data, Math.max(judgedAt, renderedAt)),
        error,
        behind: statusCode === null ? before.behind : behind,
      };
    },
    [url, renderedAt],
  );
  const { known, answered } = useLive<Known>({ data, error, behind: 0 }, load, EVERY);
  const now = useNow(renderedAt, known.behind);
  const valid = known.data !== null && known.error === null && now !== null && !isStale(known.data, now);
  const live: Phase = answered || valid ? "judged" : "checking";
  const phase: Phase = now === null ? (judged ? "judged" : "rendered") : live;
  return { data: known.data, error: known.error, now: now ?? renderedAt, phase };
}
