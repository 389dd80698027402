// SPDX-License-Identifier: MIT
// What time it is, where Next.js allows the question.

/**
 * The time in milliseconds since 1970.
 *
 * Next.js refuses Date.now() in a page that is prerendered with `cacheComponents`, so the server uses the clock that
 * Next.js itself uses to know how old a cached page is. Nothing that it decides is shown in colour before the browser
 * has checked it against the visitor's clock.
 */
export function currentTime(): number {
  return typeof window === "undefined" ? performance.timeOrigin + performance.now() : Date.now();
}
