// SPDX-License-Identifier: MIT
// A cached page. The card in it judges by the visitor's clock.
import Link from "next/link";
import { PlatformStatusCard } from "elytra-status-next";

export default function Home() {
  return (
    <main>
      <h1>Hosting that you need not think of.</h1>
      <p>Every site on machines of its own, backed up each night, and watched all the time. See for yourself.</p>
      <PlatformStatusCard href="/status" />
      <p>
        <Link href="/status">More about the status</Link>
      </p>
    </main>
  );
}
