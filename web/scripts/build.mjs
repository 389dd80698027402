// SPDX-License-Identifier: MIT
// Builds dist/ from src/ for the package: modules with types, styles, and the headers for require() too.

import { execFileSync } from "node:child_process";
import { cp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import ts from "typescript";

const ROOT = new URL("../", import.meta.url);
const SOURCES = new URL("src/", ROOT);
const DIST = new URL("dist/", ROOT);

await rm(DIST, { recursive: true, force: true });
const compiler = createRequire(import.meta.url).resolve("typescript/bin/tsc");
execFileSync(process.execPath, [compiler, "--project", "tsconfig.build.json"], {
  cwd: fileURLToPath(ROOT),
  stdio: "inherit",
});

for (const name of await readdir(SOURCES)) {
  if (name.endsWith(".css")) await cp(new URL(name, SOURCES), new URL(name, DIST));
}
// Node.js wants the endings of modules, and sources that a site has copied have none.
for (const name of await readdir(DIST, { recursive: true })) {
  if (!/\.(js|d\.ts)$/.test(name)) continue;
  const file = new URL(name, DIST);
  const text = await readFile(file, "utf8");
  await writeFile(
    file,
    text
      .replace(/(from |import )"(\.{1,2}\/[^"]+?)(?<!\.css)"/g, '$1"$2.js"')
      .replace(/"next\/(server|cache)"/g, '"next/$1.js"'),
  );
}
// next.config may be CommonJS.
const headers = await readFile(new URL("headers.ts", SOURCES), "utf8");
const options = { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022 };
await writeFile(new URL("headers.cjs", DIST), ts.transpileModule(headers, { compilerOptions: options }).outputText);
