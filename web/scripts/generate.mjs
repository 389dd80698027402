// SPDX-License-Identifier: MIT
// Writes what has its source elsewhere: the types of status.json from its JSON Schema, and in src/locale/ a module for
// each language that has a catalogue, with each text that the published page has too. A new module has the other texts
// in English, to be translated there.
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

/** The module of a new language, in English. */
function begun(language, english) {
  const locale = new Intl.Locale(language);
  // A method in later versions of Node.js.
  const { direction } = locale.getTextInfo?.() ?? locale.textInfo;
  return english
    .replace("export const en =", `import type { Messages } from "./en";\n\nexport const ${language}: Messages =`)
    .replace('language: "en"', `language: "${language}"`)
    .replace('direction: "ltr"', `direction: "${direction}"`)
    .replace(/\n[^\n]*\nexport type [^]*/, "");
}

/** A module of src/locale/, with the translations of the catalogue in place of its own. */
async function locale(language) {
  const file = new URL(`${language}/LC_MESSAGES/elytra-status.po`, CATALOGUES);
  const catalogue = gettext.po.parse(await readFile(file)).translations[""];
  const source = await sourceOf("locale/en.ts");
  const english = textsIn(source);
  let module = await sourceOf(`locale/${language}.ts`).catch(() => begun(language, source));
  for (const [path, { start, end }] of [...textsIn(module)].reverse()) {
    const translation = catalogue[english.get(path)?.text]?.msgstr[0];
    if (translation) module = module.slice(0, start) + JSON.stringify(translation) + module.slice(end);
  }
  return formatted(module);
}

/** The module that names the languages. */
function index(languages) {
  const imports = languages.map((language) => `import { ${language} } from "./${language}";\n`);
  return formatted(`// SPDX-License-Identifier: MIT
// Made from the folders of elytra_status/locale/ by \`npm run generate\`.

${imports.join("")}
export const LANGUAGES = { ${languages.join(", ")} };
`);
}

async function formatted(module) {
  const style = await prettier.resolveConfig(fileURLToPath(new URL("locale/en.ts", SOURCES)));
  return prettier.format(module, { ...style, parser: "typescript" });
}

/** The files with a source elsewhere, by name in src/. */
async function generated() {
  const folders = (await readdir(CATALOGUES, { withFileTypes: true })).filter((entry) => entry.isDirectory());
  const others = folders.map((entry) => entry.name).filter((name) => /^[a-z]{2,3}$/.test(name));
  const locales = others.map(async (language) => [`locale/${language}.ts`, await locale(language)]);
  return new Map([
    ["status.types.ts", await types()],
    ["locale/index.ts", await index([...others, "en"].sort())],
    ...(await Promise.all(locales)),
  ]);
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
