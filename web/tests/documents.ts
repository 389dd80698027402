// SPDX-License-Identifier: MIT
// Documents for the tests: those that Python's tests share (tests/fixtures/status-documents.json), and one as of now.
import shared from "../../tests/fixtures/status-documents.json";
import type { PlatformStatus as Status } from "../src/status.types";

export interface Case {
  what: string;
  valid: boolean;
  only_fault?: string;
  at?: string[];
  put?: unknown;
}

export const cases: Case[] = shared.cases;

/** The example, changed as a case says. */
export function documentOf(given: Case): unknown {
  const whole: Record<string, any> = { document: structuredClone(shared.example) };
  if (!given.at) return whole.document;
  const path = ["document", ...given.at];
  const last = path.pop()!;
  const place = path.reduce((value, part) => value[part], whole);
  if ("put" in given) place[last] = given.put;
  else delete place[last];
  return whole.document;
}

export const NOW = Date.parse("2025-11-10T15:35:00Z");

/** A status that was decided five minutes before NOW. */
export function status(changes: Partial<Status> = {}): Status {
  return { ...(structuredClone(shared.example) as Status), ...changes };
}
