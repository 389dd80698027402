// SPDX-License-Identifier: MIT
import type { Metadata } from "next";
import Link from "next/link";
import type { ReactNode } from "react";
import { PlatformStatusBadge } from "elytra-status-next";
import "./globals.css";

export const metadata: Metadata = {
  title: { default: "Example Hosting", template: "%s · Example Hosting" },
  description: "An example of a hosting platform's site that shows its status.",
};

export default function RootLayout({ children }: { children: ReactNode }) {
  return (
    <html lang="en">
      <body>
        <nav aria-label="Main">
          <Link href="/">Example Hosting</Link>
          <Link href="/status">Status</Link>
        </nav>
        {children}
        <footer>
          <PlatformStatusBadge href="/status" />
        </footer>
      </body>
    </html>
  );
}
