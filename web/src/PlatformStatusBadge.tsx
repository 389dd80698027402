// SPDX-License-Identifier: MIT
// The status in one line, for the footer.

import { Suspense } from "react";
import { BadgeView, LiveBadge } from "./LiveBadge";
import { isEnabled, presentation, renderedStatus, type PartOptions } from "./options";

export function PlatformStatusBadge(props: PartOptions) {
  if (!isEnabled()) return null;
  if (props.streaming === false) return <FetchedBadge {...props} />;
  const { messages, href } = presentation(props);
  return (
    <Suspense fallback={<BadgeView text={messages.checking} tone="unknown" href={href} messages={messages} />}>
      <FetchedBadge {...props} />
    </Suspense>
  );
}

async function FetchedBadge(props: PartOptions) {
  return <LiveBadge {...await renderedStatus(props)} {...presentation(props)} />;
}
