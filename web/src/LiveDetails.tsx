// SPDX-License-Identifier: MIT
"use client";

import { useCallback } from "react";
import { newer } from "./age";
import { fetchDetails, type Details } from "./details";
import { DetailsView } from "./DetailsView";
import type { Messages } from "./messages";
import { useLive } from "./useLive";
import { useNow } from "./useNow";

const EVERY = 5 * 60_000;

interface Props {
  details: Details | null;
  renderedAt: number;
  judged: boolean;
  url?: string | undefined;
  messages: Messages;
}

/** The details in the browser: fetched again every five minutes, and judged by the visitor's clock. */
export function LiveDetails({ details, renderedAt, judged, url, messages }: Props) {
  const load = useCallback(
    async (before: Details | null) => newer(await fetchDetails(url, false), before, Date.now()),
    [url],
  );
  const { known } = useLive(details, load, EVERY);
  const now = useNow(renderedAt);
  return <DetailsView details={known} now={now ?? renderedAt} judged={judged || now !== null} messages={messages} />;
}
