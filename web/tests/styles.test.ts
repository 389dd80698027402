// SPDX-License-Identifier: MIT
import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

const SOURCES = new URL("../src/", import.meta.url);
const textOf = (ending: string) =>
  readdirSync(SOURCES)
    .filter((name) => name.endsWith(ending))
    .map((name) => readFileSync(new URL(name, SOURCES), "utf8"))
    .join("\n");

/** The classes in selectors: after them comes a brace. */
const rules = textOf(".css").replace(/\/\*.*?\*\//gs, "");
const styled = [...rules.matchAll(/\.([a-z][\w-]*)(?=[^;{}]*\{)/g)].map(([, name]) => name!);
const used = [...textOf(".tsx").matchAll(/\belytra-[\w-]+(?=[^\n]*")/g)].map(([name]) => name);

test("each class in the style sheets is a class of the parts, and each class of the parts is styled", () => {
  expect([...new Set(styled)].sort()).toEqual([...new Set(used)].sort());
});
