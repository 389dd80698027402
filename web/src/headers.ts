// SPDX-License-Identifier: MIT
// Security headers for a site that shows the status, for next.config:
//
//     import { securityHeaders } from "elytra-status-next/headers";
//
//     headers: async () => [{ source: "/:path*", headers: securityHeaders() }],

export interface SecurityHeadersOptions {
  /** Address of status.json, which browsers fetch. The default is NEXT_PUBLIC_STATUS_JSON_URL. */
  statusUrl?: string | undefined;
  /** Further sources of the Content-Security-Policy by directive: { "img-src": ["https://images.example.com"] }. */
  sources?: Record<string, string[]>;
  /** Whether this is for `next dev`, which needs eval and a web socket. The default is NODE_ENV. */
  development?: boolean;
}

export interface Header {
  key: string;
  value: string;
}

/**
 * Returns headers that work with next/image, next/font and Tailwind.
 *
 * Scripts and styles in the page are allowed, because Next.js writes them into cached pages. A site that renders every
 * page for each request can use nonces instead.
 */
export function securityHeaders(options: SecurityHeadersOptions = {}): Header[] {
  return [
    { key: "Content-Security-Policy", value: contentSecurityPolicy(options) },
    { key: "X-Frame-Options", value: "DENY" },
    { key: "X-Content-Type-Options", value: "nosniff" },
    { key: "Referrer-Policy", value: "strict-origin-when-cross-origin" },
  ];
}

/** Returns the value of Content-Security-Policy alone. */
export function contentSecurityPolicy(options: SecurityHeadersOptions = {}): string {
  const { sources = {}, development = process.env.NODE_ENV === "development" } = options;
  const policy: Record<string, string[]> = {
    "default-src": ["'self'"],
    "script-src": ["'self'", "'unsafe-inline'", ...(development ? ["'unsafe-eval'"] : [])],
    "style-src": ["'self'", "'unsafe-inline'"],
    // next/image shows a placeholder from a data: address.
    "img-src": ["'self'", "data:", "blob:"],
    "font-src": ["'self'", "data:"],
    "connect-src": ["'self'", ...originOf(options.statusUrl), ...(development ? ["ws:"] : [])],
    "object-src": ["'none'"],
    "base-uri": ["'none'"],
    "form-action": ["'self'"],
    "frame-ancestors": ["'none'"],
  };
  for (const [directive, more] of Object.entries(sources)) {
    const before = policy[directive] ?? ["'self'"];
    policy[directive] = [...before.filter((source) => source !== "'none'"), ...more];
  }
  return Object.entries(policy)
    .map(([directive, values]) => [directive, ...new Set(values)].join(" "))
    .join("; ");
}

function originOf(url = process.env.NEXT_PUBLIC_STATUS_JSON_URL): string[] {
  return url && URL.canParse(url) ? [new URL(url).origin] : [];
}
