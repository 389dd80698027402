// SPDX-License-Identifier: MIT
// A whole page about the status: the card, and the details below it.

import { Suspense } from "react";
import { connection } from "next/server";
import { currentTime } from "./clock";
import { fetchDetails } from "./details";
import "./details.css";
import { LiveDetails } from "./LiveDetails";
import { isEnabled, presentation, type PartOptions } from "./options";
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
export async function FetchedDetails({ perRequest = false, url, ...options }: PartOptions) {
  if (perRequest) await connection();
  const details = await fetchDetails(url);
  const { messages } = presentation(options);
  return <LiveDetails details={details} renderedAt={currentTime()} judged={perRequest} url={url} messages={messages} />;
}
