// SPDX-License-Identifier: MIT
// The status in each of the languages: /de/status, /ar/status and so on.
import type { Metadata } from "next";
import { languages, PlatformStatusPage } from "elytra-status-next";

export const metadata: Metadata = { title: "Status", description: "Whether the platform works, and since when." };
export const dynamicParams = false;
export const generateStaticParams = () => languages.map((language) => ({ language }));

export default async function StatusPage({ params }: { params: Promise<{ language: string }> }) {
  const { language } = await params;
  return (
    <main>
      <h1>Status</h1>
      <PlatformStatusPage language={language} />
    </main>
  );
}
