// SPDX-License-Identifier: MIT
"use client";

import { StatusView, type StatusViewProps } from "./StatusView";
import { useStatus, type RenderedStatus } from "./useStatus";

type Props = RenderedStatus & Pick<StatusViewProps, "title" | "messages" | "labels" | "href">;

/** The card in the browser. */
export function LiveStatus({ title, messages, labels, href, ...rendered }: Props) {
  return <StatusView {...useStatus(rendered)} title={title} messages={messages} labels={labels} href={href} />;
}
