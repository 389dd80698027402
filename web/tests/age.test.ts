// SPDX-License-Identifier: MIT
import { expect, test } from "vitest";
import { ageInMinutes, agoTexts, dateText, isStale, newer, staleFrom } from "../src/age";
import { en } from "../src/locale/en";
import { status } from "./documents";

const at = (time: string) => Date.parse(time);

test.each([
  ["2025-11-10T15:30:00Z", 0],
  ["2025-11-10T15:30:59Z", 0],
  ["2025-11-10T15:31:00Z", 1],
  ["2025-11-10T15:29:00Z", 0],
  ["2025-11-11T15:30:00Z", 1440],
])("the age at %s is %i minutes", (now, minutes) => {
  expect(ageInMinutes("2025-11-10T15:30:00Z", at(now))).toBe(minutes);
});

test.each([
  ["2025-11-10T15:59:59Z", false],
  ["2025-11-10T16:00:00Z", true],
  ["2025-11-10T15:25:00Z", false],
  ["2025-11-10T15:24:59Z", true],
])("at %s it is stale: %s", (now, stale) => {
  expect(isStale(status(), at(now))).toBe(stale);
});

test("what does not say until when it holds, holds for half an hour", () => {
  const { stale_after: _, ...rest } = status();
  expect(staleFrom(rest)).toBe(at("2025-11-10T16:00:00Z"));
});

test("a report that is dated in the future is never the newer one", () => {
  const [before, after] = [
    status(),
    status({ updated_at: "2025-11-10T15:40:00Z", stale_after: "2025-11-10T16:10:00Z" }),
  ];
  const ahead = status({ updated_at: "2199-12-31T00:00:00Z", stale_after: "2199-12-31T00:30:00Z" });
  const now = at("2025-11-10T15:41:00Z");
  expect(newer(before, after, now)).toBe(after);
  expect(newer(after, before, now)).toBe(after);
  expect(newer(after, ahead, now)).toBe(after);
  expect(newer(null, ahead, now)).toBe(ahead);
  expect(newer(after, null, now)).toBe(after);
});

test("an older copy replaces no report that has become stale", () => {
  const outage = status({ updated_at: "2025-11-10T15:40:00Z", stale_after: "2025-11-10T15:50:00Z" });
  const copy = status({ updated_at: "2025-11-10T15:30:00Z", stale_after: "2025-11-10T16:30:00Z" });
  expect(newer(copy, outage, at("2025-11-10T15:52:00Z"))).toBe(outage);
});

test("what has no times that are times is stale", () => {
  expect(isStale(status({ updated_at: "2025-99-10T15:30:00Z" }), at("2025-11-10T15:30:00Z"))).toBe(true);
  expect(isStale(status({ stale_after: "soon" }), at("2025-11-10T15:30:00Z"))).toBe(true);
});

test.each([
  ["2025-11-10T15:30:30Z", "just now", "just now"],
  ["2025-11-10T15:31:00Z", "1m ago", "1 minute ago"],
  ["2025-11-10T16:17:00Z", "47m ago", "47 minutes ago"],
  ["2025-11-10T16:30:00Z", "1h ago", "1 hour ago"],
  ["2025-11-11T15:29:59Z", "23h ago", "23 hours ago"],
  ["2025-11-12T15:30:00Z", "2d ago", "2 days ago"],
])("at %s that was %s", (now, short, long) => {
  expect(agoTexts("2025-11-10T15:30:00Z", at(now), en)).toEqual({ short, long });
});

test("what is no time is said to be none", () => {
  expect(agoTexts("soon", at("2025-11-10T15:30:00Z"), en).long).toBe("at an unknown time");
  expect(dateText("soon", en)).toBe("an unknown time");
});

test("a date is written the same everywhere", () => {
  expect(dateText("2025-09-01T05:03:00Z", en)).toBe("1 Sep 2025, 05:03 UTC");
});
