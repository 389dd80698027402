// SPDX-License-Identifier: MIT
"use client";

import { useCallback } from "react";
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
    async (before: Details | null) => {
      const answer = await fetchDetails(url, false);
      return answer && (!before || answer.updated_at >= before.updated_at) ? answer : before;
    },
    [url],
  );
  const { known } = useLive(details, load, EVERY);
  const now = useNow(renderedAt);
  return <DetailsView details={known} now={now ?? renderedAt} judged={judged || now !== null} messages={messages} />;
}
