// SPDX-License-Identifier: MIT
// Writes the types of status.json from its JSON Schema.
//
//   node scripts/generate.mjs           writes them
//   node scripts/generate.mjs --check   fails where they are not what the schema gives

import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { compile } from "json-schema-to-typescript";

const SCHEMA = new URL("../../schema/status.schema.json", import.meta.url);
const SOURCES = new URL("../src/", import.meta.url);
const BANNER = `// SPDX-License-Identifier: MIT
// Made from schema/status.schema.json by \`npm run generate\`: change that, not this.
`;

/** The types, as the schema has them. */
export async function types(schema) {
  return compile({ ...schema, $id: undefined, title: "PlatformStatus" }, "PlatformStatus", {
    bannerComment: BANNER,
    printWidth: 120,
  });
}

/** Everything that is made, by name in src/. */
export async function generated() {
  const schema = JSON.parse(await readFile(SCHEMA, "utf8"));
  return {
    "status.types.ts": await types(schema),
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const check = process.argv.includes("--check");
  for (const [name, text] of Object.entries(await generated())) {
    const file = new URL(name, SOURCES);
    if (!check) {
      await writeFile(file, text);
    } else if ((await readFile(file, "utf8").catch(() => "")) !== text) {
      console.error(`web/src/${name} is not what the schema gives: npm run generate`);
      process.exitCode = 1;
    }
  }
}
