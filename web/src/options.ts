// SPDX-License-Identifier: MIT
// The common base of the parts: their options, whether they are shown, and their first report.

import { cache } from "react";
import { connection } from "next/server";
import { fetchStatus, statusUrl } from "./fetchStatus";
import { messagesFor, type Labels } from "./messages";
import type { RenderedStatus } from "./useStatus";

/** The options of every part. */
export interface PartOptions {
  /** The language of the texts: en, de, fr, es, pt, nl, ja or ar, with or without a region. */
  language?: string;
  /** A label for each status, instead of the published headline. */
  labels?: Labels;
  /** Address of status.json. The default is NEXT_PUBLIC_STATUS_JSON_URL. */
  url?: string;
  /** Target of the link. The default is the page in the directory of status.json; null: no link. */
  href?: string | null;
  /**
   * Render the part for each request, so that the server itself judges the status and shows it in colour. By default
   * the page can be cached, and the browser judges.
   */
  perRequest?: boolean;
  /**
   * Whether the rest of the page is sent before the status is there. Without JavaScript, a browser cannot add a part
   * that comes later: set it to false for a page that must be complete without JavaScript. With `cacheComponents`, only
   * pages with `instant = false` may wait.
   */
  streaming?: boolean;
}

/** Whether the parts are shown: not if NEXT_PUBLIC_STATUS_ENABLED is false, 0, off or no when the site is built. */
export function isEnabled(): boolean {
  const value = process.env.NEXT_PUBLIC_STATUS_ENABLED ?? "";
  return !["false", "0", "off", "no"].includes(value.trim().toLowerCase());
}

/** Fetches the report that a part passes to the browser. The parts of a page share it. */
export function renderedStatus({ url, perRequest = false }: PartOptions): Promise<RenderedStatus> {
  return fetchedOnce(url, perRequest);
}

const fetchedOnce = cache(async (url: string | undefined, perRequest: boolean): Promise<RenderedStatus> => {
  if (perRequest) await connection();
  const { data, error, judgedAt } = await fetchStatus({ url, againIfStale: perRequest });
  return { data, error, renderedAt: judgedAt, judged: perRequest, url };
});

/** The texts and the link of a part. */
export function presentation({ language, labels, url, href }: PartOptions) {
  return { messages: messagesFor(language), labels, href: href === null ? undefined : (href ?? pageUrl(url)) };
}

/** The address of the published page, in the directory of status.json. */
function pageUrl(url?: string): string | undefined {
  const status = statusUrl(url);
  return status && URL.canParse(status) ? new URL("index.html", status).href : undefined;
}
