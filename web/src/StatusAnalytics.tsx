// SPDX-License-Identifier: MIT
"use client";

import { useEffect } from "react";
import { trackStatusEvents, type Track } from "./events";

/** Passes the events of all parts on this page to the site's analytics. Shows nothing. */
export function StatusAnalytics({ track }: { track: Track }) {
  useEffect(() => trackStatusEvents(track), [track]);
  return null;
}
