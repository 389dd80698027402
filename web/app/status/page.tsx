// SPDX-License-Identifier: MIT
// The status, made for each request: right without JavaScript too. What is fetched is still kept for ten minutes.
import type { Metadata } from "next";
import { connection } from "next/server";
import { PlatformStatusCard } from "../../components/PlatformStatusCard";

export const metadata: Metadata = { title: "Status", description: "Whether the platform works, and since when." };

export default async function StatusPage() {
  await connection();
  return (
    <>
      <h1>Status</h1>
      <p>Whether the platform works, decided anew every ten minutes by what watches it.</p>
      <PlatformStatusCard title="Platform" perRequest />
    </>
  );
}
