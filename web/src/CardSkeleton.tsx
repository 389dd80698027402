// SPDX-License-Identifier: MIT

import "./card.css";
import type { Labels, Messages } from "./messages";
import { StatusView } from "./StatusView";
import type { PlatformStatus } from "./status.types";

// As long as the texts of a platform with a policy and one region, so that the page does not move when the card comes.
const TYPICAL: PlatformStatus = {
  updated_at: "2000-01-01T00:00:00Z",
  platform_status: "unknown",
  uptime: { last_24h: 100, last_7d: 99.99, last_30d: 99.99 },
  backups: {
    policy: "A sentence of about sixty characters that says how often.",
    last_backup_status: "unknown",
    last_backup_time: null,
    last_successful_backup: "2000-01-01T00:00:00Z",
  },
  infrastructure: {
    model: "A sentence of about sixty characters that says what it is.",
    regions: ["xxx1"],
    notes: "A sentence of about fifty characters, about it all.",
  },
};

interface Props {
  title: string;
  messages: Messages;
  labels?: Labels | undefined;
  href?: string | undefined;
}

/** An empty box of the same size until the card is there. Without JavaScript it stays, with a link. */
export function CardSkeleton({ title, messages, href }: Props) {
  const now = Date.parse("2000-01-01T00:05:00Z");
  return (
    <>
      <div className="elytra-skeleton" aria-hidden="true" inert>
        <StatusView
          data={TYPICAL}
          error={null}
          now={now}
          phase="checking"
          title={title}
          messages={messages}
          href={href}
        />
      </div>
      {href && (
        <noscript>
          <p>
            <a href={href}>{title}</a>
          </p>
        </noscript>
      )}
    </>
  );
}
