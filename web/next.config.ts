// SPDX-License-Identifier: MIT
import type { NextConfig } from "next";

const development = process.env.NODE_ENV === "development";

/** Where the browser fetches the status from, where that is another place than the site itself. */
function statusOrigin(): string {
  const url = process.env.NEXT_PUBLIC_STATUS_JSON_URL;
  return url && URL.canParse(url) ? new URL(url).origin : "";
}

const CONTENT_SECURITY_POLICY = [
  "default-src 'self'",
  // Next puts scripts into the pages that it keeps; development needs eval besides.
  `script-src 'self' 'unsafe-inline'${development ? " 'unsafe-eval'" : ""}`,
  `style-src 'self'${development ? " 'unsafe-inline'" : ""}`,
  `connect-src 'self' ${statusOrigin()}${development ? " ws:" : ""}`.trim(),
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join("; ");

const config: NextConfig = {
  poweredByHeader: false,
  // A kept page is made anew after ten minutes (lib/fetchStatus.ts), by the first visitor then, who still gets the old
  // one. After fifteen they wait for the new one: a status holds for thirty, so what comes without JavaScript holds too.
  expireTime: 900,
  headers: async () => [
    {
      source: "/:path*",
      headers: [
        { key: "Content-Security-Policy", value: CONTENT_SECURITY_POLICY },
        { key: "X-Frame-Options", value: "DENY" },
        { key: "X-Content-Type-Options", value: "nosniff" },
        { key: "Referrer-Policy", value: "strict-origin-when-cross-origin" },
      ],
    },
  ],
};

export default config;
