// SPDX-License-Identifier: MIT
import { readFileSync } from "node:fs";
import Ajv2020 from "ajv/dist/2020.js";
import { describe, expect, test } from "vitest";
import older from "../../tests/fixtures/older-documents.json";
import { shownOf } from "../src/headline";
import { en } from "../src/locale/en";
import { GUIDE_LABELS, languages, messagesFor } from "../src/messages";
import { readStatus, unknownStatus } from "../src/read";
import { cases, documentOf } from "./documents";

const read = (path: string) => JSON.parse(readFileSync(new URL(path, import.meta.url), "utf8"));
const strict = new Ajv2020({ validateFormats: false, allowUnionTypes: true }).compile(
  read("../../schema/status.schema.json"),
);

describe.each(cases)("$what", (given) => {
  test("ajv and the schema agree with Python", () => {
    expect(strict(documentOf(given))).toBe(given.valid);
  });
  test("a valid document is read as it is, and from any other only what is valid", () => {
    const document = documentOf(given);
    const found = readStatus(document);
    if (given.valid && found) expect(found).toMatchObject(said(document));
    expect(found === null || strict(withinLimits(found)), JSON.stringify(strict.errors)).toBe(true);
  });
});

/** A document without what says nothing: an infrastructure without a word. */
function said(document: unknown): object {
  const { infrastructure = {}, ...rest } = document as { infrastructure?: object };
  const words = Object.entries(infrastructure).filter(([, value]) => value.length > 0);
  return words.length > 0 ? { ...rest, infrastructure: Object.fromEntries(words) } : rest;
}

/** The schema also limits texts, which a reader only has to show, and has no code for a headline that is not known. */
function withinLimits(document: object): object {
  return JSON.parse(JSON.stringify(document), (key, value) => {
    if (key === "text" || key === "policy") return "text";
    return key === "code" && value === "" ? "degraded" : value;
  });
}

test.each(older.cases)("$what, of an older version, is read by the rules", ({ document, reads }) => {
  const data = readStatus(document);
  const report = { data, error: null, now: Date.parse(older.now), phase: "judged" } as const;
  const { valid, text, tone } = shownOf(report, en);
  expect([tone, text]).toEqual([reads.looks ?? reads.status, reads.words]);
  expect(valid?.uptime.last_30d ?? null).toBe(reads.last_30d);
  expect(valid?.backups.last_backup_status ?? "unknown").toBe(reads.backups);
});

const ofLaterVersions = older.cases.filter(({ document }) => {
  const { code } = Object(document.headline ?? {});
  return document.headline && code !== "operational";
});

test.each(ofLaterVersions)("$what, has no label of the guides", ({ document, reads }) => {
  const report = { data: readStatus(document), error: null, now: Date.parse(older.now), phase: "judged" } as const;
  expect(shownOf(report, en, GUIDE_LABELS).text).toBe(reads.words);
});

test("the text of a headline that is not known is shown in every language", () => {
  const shown = (headline: object | undefined, language: string, platform_status = "operational") => {
    const data = readStatus({ updated_at: "2025-11-10T15:30:00Z", platform_status, headline });
    return shownOf({ data, error: null, now: Date.parse(older.now), phase: "judged" }, messagesFor(language)).text;
  };
  const later = { code: "performance", text: "Operational, except slow mail" };
  expect(languages.map((language) => shown(later, language))).toEqual(languages.map(() => later.text));
  expect(shown({ text: "Service outage: Websites" }, "de", "outage")).toBe("Service outage: Websites");
  const named = { ...later, components: ["Mail", "Files"] };
  expect(shown(named, "en")).toBe(later.text);
  expect(shown(named, "ja")).toBe(later.text);
  expect(shown({ code: "performance" }, "nl")).toBe(shown(undefined, "nl"));
});

test('backups that are not known are no "All systems operational"', () => {
  const fallback = { updated_at: "2025-11-10T15:30:00Z", platform_status: "operational" };
  const shown = (document: object) => {
    const report = { data: readStatus(document), error: null, now: Date.parse(older.now), phase: "judged" } as const;
    const { text, tone } = shownOf(report, en, GUIDE_LABELS);
    return [tone, text];
  };
  expect(shown({ ...fallback, backups: null })).toEqual(["operational", "Platform operational"]);
  expect(shown(fallback)).toEqual(["operational", "Platform operational"]);
  const known = { last_backup_status: "success" };
  expect(shown({ ...fallback, backups: known })).toEqual(["operational", "All systems operational"]);
});

test.each([null, undefined, [], "operational", 1, {}, { status: { indicator: "none" } }])(
  "%j is no status",
  (value) => {
    expect(readStatus(value)).toBeNull();
  },
);

test("without a report nothing is known", () => {
  const { updated_at, platform_status, uptime, backups, notices } = unknownStatus();
  expect([updated_at, platform_status, notices]).toEqual(["", "unknown", []]);
  expect(Object.values(uptime)).toEqual([null, null, null]);
  expect(Object.values(backups)).toEqual(["unknown", null, null]);
});

test("the mock for local work is valid", () => {
  expect(strict(read("../public/mocks/status.json"))).toBe(true);
});
