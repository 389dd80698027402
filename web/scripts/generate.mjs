// SPDX-License-Identifier: MIT
// Writes what the site takes from the JSON Schema of status.json: the types, and the check of a document at run time.
//
//   node scripts/generate.mjs           writes them
//   node scripts/generate.mjs --check   fails where they are not what the schema gives

import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import Ajv2020 from "ajv/dist/2020.js";
import standaloneCode from "ajv/dist/standalone/index.js";
import { build } from "esbuild";
import { compile } from "json-schema-to-typescript";
import { format } from "prettier";

const SCHEMA = new URL("../../schema/status.schema.json", import.meta.url);
const LIB = new URL("../lib/", import.meta.url);
const BANNER = `// SPDX-License-Identifier: MIT
// Made from schema/status.schema.json by \`npm run generate\`: change that, not this.
`;

/** The types, as the schema has them. */
export async function types(schema) {
  return compile({ ...schema, $id: undefined, title: "Status" }, "Status", { bannerComment: BANNER, printWidth: 120 });
}

/**
 * What a reader asks of a document: the schema, but that fields which it does not know are no fault. Fields are added
 * as time goes by, and a site must not have to be deployed anew to go on reading.
 */
export function readersSchema(schema) {
  const left = ["additionalProperties", "title", "description", "examples"];
  // A field may be called so: what says something of it is an object.
  const isField = (value) => typeof value === "object" && !Array.isArray(value);
  return JSON.parse(
    JSON.stringify(schema, (key, value) => (left.includes(key) && !isField(value) ? undefined : value)),
  );
}

/** The options under which ajv means what Python's jsonschema means: every `format` has a `pattern` beside it. */
export const AJV_OPTIONS = { validateFormats: false, allowUnionTypes: true };

/** The check, as code of its own that needs neither ajv nor eval. */
export async function validator(schema) {
  const ajv = new Ajv2020({ ...AJV_OPTIONS, messages: false, code: { source: true, esm: true, lines: true } });
  const code = standaloneCode(ajv, ajv.compile(readersSchema(schema)));
  const bundled = await build({
    stdin: { contents: code, resolveDir: fileURLToPath(LIB) },
    bundle: true,
    format: "esm",
    target: "es2022",
    write: false,
  });
  // What the bundler says of where code came from names files of this machine.
  const text = bundled.outputFiles[0].text.replace(/^ *\/\/ .*\n/gm, "").replace(/^ *\/\*\*.*\*\/\n/gm, "");
  return format(
    `${BANNER}// The code is ajv's, https://ajv.js.org, which is under the MIT license as well.\n\n${text}`,
    { parser: "babel", printWidth: 120 },
  );
}

const VALIDATOR_TYPES = `${BANNER}
import type { Status } from "./status.types";

/** Whether a value is a status.json, fields that this site does not know yet aside. Where not, \`errors\` says why. */
declare const isStatus: {
  (value: unknown): value is Status;
  errors?: { instancePath: string; keyword: string }[] | null;
};
export default isStatus;
`;

/** Everything that is made, by name in lib/. */
export async function generated() {
  const schema = JSON.parse(await readFile(SCHEMA, "utf8"));
  return {
    "status.types.ts": await types(schema),
    "isStatus.js": await validator(schema),
    "isStatus.d.ts": VALIDATOR_TYPES,
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const check = process.argv.includes("--check");
  for (const [name, text] of Object.entries(await generated())) {
    const file = new URL(name, LIB);
    if (!check) {
      await writeFile(file, text);
    } else if ((await readFile(file, "utf8").catch(() => "")) !== text) {
      console.error(`web/lib/${name} is not what the schema gives: npm run generate`);
      process.exitCode = 1;
    }
  }
}
