// SPDX-License-Identifier: MIT
// The platform's status as a card: a server component. It looks like the site around it: fonts and colours are inherited.

import { fetchStatus } from "../lib/fetchStatus";
import { LiveStatus } from "./LiveStatus";

export interface PlatformStatusCardProps {
  /** What stands above the status. */
  title?: string;
  /**
   * Whether the page around it is made for each request. Only then is the server's own judgement shown in colour: a
   * page that is kept may be read long after it was made, so there the browser judges when it is looked at.
   */
  perRequest?: boolean;
}

export async function PlatformStatusCard({ title = "Platform status", perRequest = false }: PlatformStatusCardProps) {
  const { data, error } = await fetchStatus({ againIfStale: perRequest });
  return <LiveStatus data={data} error={error} renderedAt={Date.now()} judged={perRequest} title={title} />;
}
