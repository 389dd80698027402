// SPDX-License-Identifier: MIT
// A whole page about the status: the card, and the details below it.

import { Suspense } from "react";
import { fetchDetails, fetchRecentDetails } from "./details";
import "./details.css";
import { LiveDetails } from "./LiveDetails";
import { isEnabled, presentation, renderedStatus, type PartOptions } from "./options";
import { PlatformStatusCard } from "./PlatformStatusCard";

export interface PlatformStatusPageProps extends PartOptions {
  /** The heading above the status. */
  title?: string;
}

export function PlatformStatusPage(props: PlatformStatusPageProps) {
  if (!isEnabled()) return null;
  return (
    <div className="elytra-page">
      <PlatformStatusCard {...props} />
      {props.streaming === false ? (
        <FetchedDetails {...props} />
      ) : (
        <Suspense fallback={null}>
          <FetchedDetails {...props} />
        </Suspense>
      )}
    </div>
  );
}

/** The details, once their documents are fetched. */
export async function FetchedDetails(options: PartOptions) {
  const { url, perRequest } = options;
  const report = await renderedStatus(options);
  const { details, recent } = perRequest
    ? await fetchRecentDetails(url)
    : { details: await fetchDetails(url), recent: false };
  const { messages } = presentation(options);
  return <LiveDetails details={details} recent={recent} report={report} messages={messages} />;
}
