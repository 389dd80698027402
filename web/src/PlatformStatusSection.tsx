// SPDX-License-Identifier: MIT
// A section for the home page: a heading, a sentence of the site's, and the card beside them where there is room.

import { useId, type ReactNode } from "react";
import "./card.css";
import { isEnabled } from "./options";
import { PlatformStatusCard, type PlatformStatusCardProps } from "./PlatformStatusCard";

export interface PlatformStatusSectionProps extends PlatformStatusCardProps {
  heading: string;
  /** What the site says about its reliability. */
  children?: ReactNode;
}

export function PlatformStatusSection({ heading, children, ...card }: PlatformStatusSectionProps) {
  const id = useId();
  if (!isEnabled()) return null;
  return (
    <section className="elytra-section" aria-labelledby={id}>
      <div>
        <h2 id={id}>{heading}</h2>
        {children}
      </div>
      <PlatformStatusCard {...card} />
    </section>
  );
}
