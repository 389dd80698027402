// SPDX-License-Identifier: MIT
// A page that is made once and kept. The card in it judges by the visitor's clock.
import Link from "next/link";
import { PlatformStatusCard } from "../components/PlatformStatusCard";

export default function Home() {
  return (
    <>
      <h1>Hosting that you need not think of.</h1>
      <p>Every site on machines of its own, backed up each night, and watched all the time. See for yourself.</p>
      <PlatformStatusCard />
      <p>
        <Link href="/status">More about the status</Link>
      </p>
    </>
  );
}
