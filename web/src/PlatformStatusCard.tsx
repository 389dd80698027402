// SPDX-License-Identifier: MIT
// The platform's status as a card, for a server component. It inherits fonts and colours from the site.

import { Suspense } from "react";
import { CardSkeleton } from "./CardSkeleton";
import { LiveStatus } from "./LiveStatus";
import { messagesFor } from "./messages";
import { isEnabled, presentation, renderedStatus, type PartOptions } from "./options";

export interface PlatformStatusCardProps extends PartOptions {
  /** The heading above the status. */
  title?: string;
}

export function PlatformStatusCard(props: PlatformStatusCardProps) {
  if (!isEnabled()) return null;
  const { title = messagesFor(props.language).title } = props;
  if (props.streaming === false) return <FetchedCard {...props} title={title} />;
  return (
    <Suspense fallback={<CardSkeleton title={title} {...presentation(props)} />}>
      <FetchedCard {...props} title={title} />
    </Suspense>
  );
}

/** The card, once the status is fetched. */
export async function FetchedCard({ title, ...options }: PlatformStatusCardProps & { title: string }) {
  return <LiveStatus {...await renderedStatus(options)} {...presentation(options)} title={title} />;
}
