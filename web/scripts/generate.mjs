// SPDX-License-Identifier: MIT
// Writes what has its source elsewhere: the types of status.json from its JSON Schema, and in src/locale/ each text that
// the published page has too, from its catalogues.
//
//   node scripts/generate.mjs           writes them
//   node scripts/generate.mjs --check   fails if they differ from their sources

import { readdir, readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import gettext from "gettext-parser";
import { compile } from "json-schema-to-typescript";
import prettier from "prettier";
import ts from "typescript";

const SCHEMA = new URL("../../schema/status.schema.json", import.meta.url);
const CATALOGUES = new URL("../../elytra_status/locale/", import.meta.url);
const SOURCES = new URL("../src/", import.meta.url);
const BANNER = `// SPDX-License-Identifier: MIT
// Made from schema/status.schema.json by \`npm run generate\`: change that, not this.
`;

const sourceOf = (name) => readFile(new URL(name, SOURCES), "utf8");

/** The types, as the schema has them. */
async function types() {
  const schema = JSON.parse(await readFile(SCHEMA, "utf8"));
  return compile({ ...schema, $id: undefined, title: "PlatformStatus" }, "PlatformStatus", {
    bannerComment: BANNER,
    printWidth: 120,
  });
}

/** The texts in a module of src/locale/, by their path in its object, with their places. */
function textsIn(module) {
  const tree = ts.createSourceFile("locale.ts", module, ts.ScriptTarget.ES2022);
  const found = new Map();
  const visit = (node, path) => {
    if (ts.isPropertyAssignment(node)) path += `.${node.name.text}`;
    if (ts.isStringLiteral(node)) found.set(path, { text: node.text, start: node.getStart(tree), end: node.end });
    ts.forEachChild(node, (child) => visit(child, path));
  };
  visit(tree, "");
  return found;
}

/** A module of src/locale/, with the translations of the catalogue in place of its own. */
async function locale(language) {
  const file = new URL(`${language}/LC_MESSAGES/elytra-status.po`, CATALOGUES);
  const catalogue = gettext.po.parse(await readFile(file)).translations[""];
  const english = textsIn(await sourceOf("locale/en.ts"));
  let module = await sourceOf(`locale/${language}.ts`);
  for (const [path, { start, end }] of [...textsIn(module)].reverse()) {
    const translation = catalogue[english.get(path)?.text]?.msgstr[0];
    if (translation) module = module.slice(0, start) + JSON.stringify(translation) + module.slice(end);
  }
  const style = await prettier.resolveConfig(fileURLToPath(new URL("locale/en.ts", SOURCES)));
  return prettier.format(module, { ...style, parser: "typescript" });
}

/** The files with a source elsewhere, by name in src/. */
async function generated() {
  const languages = (await readdir(new URL("locale/", SOURCES))).map((name) => name.replace(".ts", ""));
  const others = languages.filter((language) => language !== "en");
  const locales = others.map(async (language) => [`locale/${language}.ts`, await locale(language)]);
  return new Map([["status.types.ts", await types()], ...(await Promise.all(locales))]);
}

const check = process.argv.includes("--check");
for (const [name, text] of await generated()) {
  if (!check) {
    await writeFile(new URL(name, SOURCES), text);
  } else if ((await sourceOf(name).catch(() => "")) !== text) {
    console.error(`web/src/${name} differs from its source: npm run generate`);
    process.exitCode = 1;
  }
}
