// SPDX-License-Identifier: MIT
"use client";

import { useCallback } from "react";
import { isStale, newer } from "./age";
import { fetchDetails, type Details } from "./details";
import { DetailsView } from "./DetailsView";
import type { Messages } from "./messages";
import { sharedStatus } from "./sharedStatus";
import type { PlatformStatus } from "./status.types";
import { useLive } from "./useLive";
import { useStatus, type RenderedStatus } from "./useStatus";

const EVERY = 5 * 60_000;

interface Props {
  details: Details | null;
  /** Whether the details of the page are no older than its report. */
  recent: boolean;
  report: RenderedStatus;
  messages: Messages;
}

interface Known {
  details: Details | null;
  /**
   * The status that was fetched with the details. history.json is valid for hours longer than status.json, because
   * it is written less often: what it says of the present is valid as long as this status. Null if there is none, or
   * if the details could not be fetched.
   */
  asOf: PlatformStatus | null;
}

/** The details in the browser: fetched again every five minutes and after a change of the status. */
export function LiveDetails({ details, recent, report, messages }: Props) {
  const status = useStatus(report);
  const { url, renderedAt } = report;
  const load = useCallback(
    async (before: Known): Promise<Known> => {
      const [{ data, judgedAt }, answer] = await Promise.all([sharedStatus(url), fetchDetails(url, false)]);
      const now = Math.max(judgedAt, renderedAt);
      return { details: newer(answer, before.details, now), asOf: answer && (data ?? before.asOf) };
    },
    [url, renderedAt],
  );
  const { data } = status;
  const decided = JSON.stringify([data?.platform_status, data?.headline, data?.notices]);
  const { known } = useLive<Known>({ details, asOf: recent ? report.data : null }, load, EVERY, decided);
  const recentNow = known.asOf !== null && !isStale(known.asOf, status.now);
  return <DetailsView details={known.details} recent={recentNow} report={status} messages={messages} />;
}
