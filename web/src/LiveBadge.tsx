// SPDX-License-Identifier: MIT
"use client";

import "./card.css";
import { shownOf, type Tone } from "./headline";
import type { Labels, Messages } from "./messages";
import { Dot } from "./parts";
import { useStatus, type RenderedStatus } from "./useStatus";

interface Presentation {
  messages: Messages;
  href?: string | undefined;
}

/** The badge in the browser. */
export function LiveBadge({
  messages,
  labels,
  href,
  ...rendered
}: RenderedStatus & Presentation & { labels?: Labels | undefined }) {
  const { text, tone } = shownOf(useStatus(rendered), messages, labels);
  return <BadgeView text={text} tone={tone} href={href} messages={messages} />;
}

/** A line of text, with a link if there is a page. */
export function BadgeView({ text, tone, href, messages }: Presentation & { text: string; tone: Tone }) {
  const content = (
    <>
      <Dot tone={tone} />
      <span>{text}</span>
    </>
  );
  const common = { className: "elytra-badge", "data-tone": tone, lang: messages.language, dir: messages.direction };
  return href ? (
    <a href={href} {...common}>
      {content}
    </a>
  ) : (
    <span {...common}>{content}</span>
  );
}
