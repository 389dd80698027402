// SPDX-License-Identifier: MIT
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

const ROOT = new URL("../", import.meta.url);
const manifest = JSON.parse(readFileSync(new URL("package.json", ROOT), "utf8"));
const sources = readdirSync(new URL("src", ROOT), { recursive: true })
  .map(String)
  .filter((name) => /\.tsx?$/.test(name))
  .map((name) => [name, readFileSync(new URL(`src/${name}`, ROOT), "utf8")] as const);

test("it needs next and react alone", () => {
  expect(manifest.dependencies).toBeUndefined();
  expect(Object.keys(manifest.peerDependencies)).toEqual(["next", "react"]);
  const imported = sources.flatMap(([, text]) =>
    [...text.matchAll(/^(?:import|export|\}).* from "([^".][^"]*)"/gm)].map((match) => match[1]!),
  );
  expect(
    imported.map((name) => name.split("/")[0]).filter((name) => !["next", "react", "node:crypto"].includes(name!)),
  ).toEqual([]);
});

/** The modules that each module imports from src, types too, by their names without an ending. */
function importsOf(modules: readonly (readonly [string, string])[]): Map<string, string[]> {
  const bare = (path: string) => path.replace(/\.tsx?$/, "");
  return new Map(
    modules.map(([name, text]) => [
      bare(name),
      [...text.matchAll(/^(?:import|export|\}).* from "(\.[^"]*)"/gm)].map(([, target]) =>
        bare(new URL(target!, `file:///${name}`).pathname.slice(1)),
      ),
    ]),
  );
}

/** The first circle of imports that begins at a module or below it. */
function circle(imports: Map<string, string[]>, module: string, path: string[] = []): string | undefined {
  if (path.includes(module)) return [...path, module].join(" imports ");
  return (imports.get(module) ?? []).map((next) => circle(imports, next, [...path, module])).find(Boolean);
}

test("imports lead one way, types too", () => {
  const imports = importsOf(sources);
  expect(imports.get("locale/de")).toEqual(["locale/en"]);
  expect([...imports.keys()].map((module) => circle(imports, module)).filter(Boolean)).toEqual([]);
});

test("a circle of imports is found", () => {
  const made = importsOf([
    ["texts.ts", 'import { de } from "./locale/de";'],
    ["locale/de.ts", 'import {\n  a,\n} from "../a";'],
    ["a.tsx", 'export type { Texts } from "./texts";'],
  ]);
  expect(circle(made, "texts")).toBe("texts imports locale/de imports a imports texts");
});

test("each of the 30 points in the README has a test that exists", () => {
  const readme = readFileSync(new URL("README.md", ROOT), "utf8");
  const rows = readme.matchAll(/^\| (\d+) +\|.*\|([^|]+)\|$/gm);
  const tests = [...rows].map(([, number, cell]) => [
    number,
    [...cell!.matchAll(/`([^`]+)`/g)].map(([, name]) => name!),
  ]);
  expect(tests.map(([number]) => Number(number))).toEqual(Array.from({ length: 30 }, (_, index) => index + 1));
  for (const [number, names] of tests as [string, string[]][]) {
    expect(names.length, number).toBeGreaterThan(0);
    for (const name of names.filter((one) => /\.tsx?$|\.py$/.test(one))) {
      const file = name.endsWith(".py") ? `../../tests/web/${name}` : name;
      expect(existsSync(new URL(file, import.meta.url)), `${number}: ${name}`).toBe(true);
    }
  }
});

test("what uses hooks is marked for the browser", () => {
  const hooks = /\buse(State|Effect|Ref|Callback|SyncExternalStore)\b/;
  const unmarked = sources
    .filter(([, text]) => hooks.test(text) && !/^"use client";$/m.test(text))
    .map(([name]) => name);
  expect(unmarked).toEqual([]);
});
