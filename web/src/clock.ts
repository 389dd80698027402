// SPDX-License-Identifier: MIT
// The present time, also where Next.js does not allow Date.now().

/**
 * The time in milliseconds since 1970.
 *
 * Next.js refuses Date.now() in a page that is prerendered with `cacheComponents`, so the server uses the clock that
 * Next.js itself uses for the age of a cached page. The browser checks each result by the visitor's clock before it
 * shows a colour.
 */
export function currentTime(): number {
  return typeof window === "undefined" ? performance.timeOrigin + performance.now() : Date.now();
}
