// SPDX-License-Identifier: MIT
// The section for a home page.
import type { Metadata } from "next";
import { PlatformStatusSection } from "elytra-status-next";

export const metadata: Metadata = { title: "About", description: "How the platform is watched." };

export default function About() {
  return (
    <main>
      <h1>About</h1>
      <PlatformStatusSection heading="Watched all the time" href="/status">
        <p>Every minute, day and night. See for yourself.</p>
      </PlatformStatusSection>
    </main>
  );
}
