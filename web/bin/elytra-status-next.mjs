#!/usr/bin/env node
// SPDX-License-Identifier: MIT
// elytra-status-next copy [--yes] [DIRECTORY]: copies the sources of the parts into a site.

import { access, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";
import { createInterface } from "node:readline/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const PACKAGE = dirname(dirname(fileURLToPath(import.meta.url)));
const USAGE = `Usage: elytra-status-next copy [--yes] [DIRECTORY]

Copies the sources of the parts into the site in DIRECTORY (default: this one): to components/platform-status/, and the
page app/status/page.tsx and the route app/api/revalidate/route.ts that use them. Asks before it replaces a file that
differs; --yes replaces without asking. Configuration (next.config, vercel.json, .env) is never written.
`;
const ROUTES = ["app/status/page.tsx", "app/api/revalidate/route.ts"];

const exists = (path) =>
  access(path).then(
    () => true,
    () => false,
  );

/** What goes where: pairs of a path in the site and its text. */
async function files(site) {
  const base = (await exists(join(site, "src", "app"))) ? "src" : "";
  const parts = join(base, "components", "platform-status");
  const found = [];
  for (const name of (await readdir(join(PACKAGE, "src"), { recursive: true })).sort()) {
    if (!/\.(tsx?|css)$/.test(name)) continue;
    found.push([join(parts, name), await readFile(join(PACKAGE, "src", name), "utf8")]);
  }
  for (const route of ROUTES) {
    const target = join(base, route);
    const here = relative(dirname(target), parts).replaceAll("\\", "/");
    const text = await readFile(join(PACKAGE, "templates", route), "utf8");
    found.push([
      target,
      text.replace(/"elytra-status-next(?:\/([a-z]+))?"/g, (_, entry) => `"${here}/${entry ?? "index"}"`),
    ]);
  }
  return found;
}

/** The answer to a question; "" without a terminal; null after Ctrl-C or Ctrl-D. */
async function answer(terminal, question) {
  try {
    return terminal ? await terminal.question(question) : "";
  } catch (error) {
    if (error.name !== "AbortError") throw error;
    terminal.close();
    return null;
  }
}

async function copy(site, yes) {
  if (!(await exists(join(site, "app"))) && !(await exists(join(site, "src", "app")))) {
    console.error(`${site} has no app directory: give the directory of a site with the App Router.`);
    return 1;
  }
  const terminal = process.stdin.isTTY ? createInterface(process.stdin, process.stdout) : null;
  let kept = 0;
  for (const [path, text] of await files(site)) {
    const target = join(site, path);
    const before = await readFile(target, "utf8").catch(() => null);
    if (before === text) continue;
    if (before !== null && !yes) {
      const reply = await answer(terminal, `${path} exists and differs. Replace it? [y/N] `);
      if (reply === null) {
        console.error(`\nStopped: ${path} and the files after it are as they were. Run the command again to go on.`);
        return 1;
      }
      if (!/^y(es)?$/i.test(reply.trim())) {
        console.log(`kept     ${path}`);
        kept += 1;
        continue;
      }
    }
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, text);
    console.log(`${before === null ? "wrote   " : "replaced"} ${path}`);
  }
  terminal?.close();
  if (kept > 0) console.log(`${kept} of your files stayed as they are. Replace them with --yes.`);
  return 0;
}

function options() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: { yes: { type: "boolean", short: "y" }, help: { type: "boolean", short: "h" } },
    });
  } catch (error) {
    console.error(error.message);
    return { values: {}, positionals: [] };
  }
}

const { values, positionals } = options();
const [command, directory = ".", ...rest] = positionals;
if (values.help) {
  process.stdout.write(USAGE);
} else if (command !== "copy" || rest.length > 0) {
  process.stderr.write(USAGE);
  process.exitCode = 64;
} else {
  process.exitCode = await copy(resolve(directory), values.yes ?? false);
}
