// SPDX-License-Identifier: MIT
import { readFileSync } from "node:fs";
import Ajv2020 from "ajv/dist/2020.js";
import { describe, expect, test } from "vitest";
import isStatus from "../lib/isStatus";
import { AJV_OPTIONS } from "../scripts/generate.mjs";
import { cases, documentOf } from "./documents";

const schema = JSON.parse(readFileSync(new URL("../../schema/status.schema.json", import.meta.url), "utf8"));
const strict = new Ajv2020(AJV_OPTIONS).compile(schema);

describe.each(cases)("$what", (given) => {
  test("ajv and the schema agree with Python", () => {
    expect(strict(documentOf(given))).toBe(given.valid);
  });
  test("the site's check agrees, but overlooks fields that it does not know", () => {
    expect(isStatus(documentOf(given))).toBe(given.valid || given.only_fault === "unknown field");
  });
});

test("the mock for local work is good", () => {
  expect(isStatus(JSON.parse(readFileSync(new URL("../public/mocks/status.json", import.meta.url), "utf8")))).toBe(
    true,
  );
});
