// SPDX-License-Identifier: MIT
import type { Metadata } from "next";
import { PlatformStatusPage } from "elytra-status-next";

export const metadata: Metadata = { title: "Status", description: "Whether the platform works, and since when." };

export default function StatusPage() {
  return (
    <main>
      <h1>Status</h1>
      <PlatformStatusPage perRequest streaming={false} />
    </main>
  );
}
