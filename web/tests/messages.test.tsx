// SPDX-License-Identifier: MIT
import { readdirSync } from "node:fs";
import { renderToStaticMarkup } from "react-dom/server";
import { describe, expect, test } from "vitest";
import { shownOf } from "../src/headline";
import { GUIDE_LABELS, inserted, languages, messagesFor } from "../src/messages";
import { NOW, status } from "./documents";

const english = messagesFor("en");

/** Every text by its path. */
function texts(value: object, path = ""): [string, string][] {
  return Object.entries(value).flatMap(([key, one]) =>
    typeof one === "string" ? [[`${path}${key}`, one] as [string, string]] : texts(one, `${path}${key}.`),
  );
}

const braces = (text: string) => (text.match(/\{\w+\}/g) ?? []).sort();
const shown = (document: ReturnType<typeof status>, language: string, labels = {}) =>
  shownOf({ data: document, error: null, now: NOW, phase: "judged" }, messagesFor(language), labels).text;

test("there are the languages of the page", () => {
  const folders = readdirSync(new URL("../../elytra_status/locale/", import.meta.url), { withFileTypes: true });
  const catalogues = folders.filter((entry) => entry.isDirectory() && entry.name !== "__pycache__");
  expect([...languages].sort()).toEqual(["en", ...catalogues.map((entry) => entry.name)].sort());
});

describe.each(languages)("%s", (language) => {
  const messages = messagesFor(language);
  test("every text is there, with the same values in it", () => {
    expect(texts(messages).map(([path]) => path)).toEqual(texts(english).map(([path]) => path));
    for (const [index, [path, text]] of texts(messages).entries()) {
      // "one component" may be without a number.
      if (!path.startsWith("componentCount.")) expect(braces(text), path).toEqual(braces(texts(english)[index]![1]));
      expect(text.trim(), path).not.toBe("");
    }
  });
  test("no sentence is left in English", () => {
    const same = texts(messages).filter(
      ([, text], index) => text === texts(english)[index]![1] && /\p{L} \p{L}/u.test(text.replace(/\{\w+\}/g, "")),
    );
    expect(language === "en" || same.length === 0, JSON.stringify(same)).toBe(true);
  });
});

test.each([
  ["pt-BR", "pt"],
  ["DE", "de"],
  ["xx", "en"],
  [undefined, "en"],
])("the language tag %s means %s", (tag, language) => {
  expect(messagesFor(tag).language).toBe(language);
});

test("the headline of a code, in another language than that of the publication", () => {
  expect(shown(status(), "de")).toBe("Alle Systeme in Betrieb");
  const headline = { code: "backups_failed", text: "Platform operational, backups failed" } as const;
  expect(shown(status({ headline }), "de")).toBe("Plattform in Betrieb, Backups fehlgeschlagen");
});

const outage = (...components: string[]) =>
  status({ platform_status: "outage", headline: { code: "outage", text: "Service outage: …", components } });

test("the headline names the components concerned, in every language", () => {
  const two = outage("Websites", "Mail");
  expect(Object.fromEntries(languages.map((language) => [language, shown(two, language)]))).toEqual({
    ar: "انقطاع الخدمة: \u2068Websites\u2069، \u2068Mail\u2069",
    de: "Ausfall: Websites, Mail",
    en: "Service outage: Websites, Mail",
    es: "Interrupción del servicio: Websites, Mail",
    fr: "Panne de service\u00a0: Websites, Mail",
    ja: "サービス停止：Websites、Mail",
    nl: "Storing: Websites, Mail",
    pt: "Interrupção do serviço: Websites, Mail",
  });
  const headline = {
    code: "component_not_operational",
    text: "Operational, except Mail",
    components: ["Mail"],
  } as const;
  const except = status({ headline: { ...headline, components: ["Mail"] } });
  expect(shown(except, "en")).toBe(headline.text);
  expect(shown(except, "de")).toBe("In Betrieb, außer Mail");
  expect(shown(except, "ja")).toBe("稼働中（Mailを除く）");
  expect(shown(two, "en", GUIDE_LABELS)).toBe("Service disruption: Websites, Mail");
  expect(shown(outage(), "en")).toBe("Service outage");
  expect(shown(status({ stale_after: "2025-11-10T15:33:00Z", headline: two.headline }), "de")).toBe("Status unbekannt");
});

test("names that are too long for a headline are counted, by the rules of each language", () => {
  const many = (count: number) => outage(...Array.from({ length: count }, (_, index) => `${"x".repeat(99)}${index}`));
  expect(shown(many(1), "en")).toBe("Service outage: 1 component");
  expect(shown(many(2), "en")).toBe("Service outage: 2 components");
  expect(shown(many(12), "de")).toBe("Ausfall: 12 Komponenten");
  expect(shown(many(2), "ar")).toBe("انقطاع الخدمة: مكوّنان");
  expect(shown(many(3), "ar")).toContain("مكوّنات");
  expect(shown(many(11), "ar")).toContain("مكوّنًا");
});

test("of a text without a list of components, English shows the text and others the sentence", () => {
  const older = status({ platform_status: "outage", headline: { code: "outage", text: "Service outage: Mail" } });
  expect([shown(older, "en"), shown(older, "nl")]).toEqual(["Service outage: Mail", "Storing"]);
});

test("labels stand for a status, and never hide what else is wrong", () => {
  expect(shown(status(), "en", GUIDE_LABELS)).toBe("All systems operational");
  const degraded = { platform_status: "degraded", headline: { code: "degraded", text: "Service degraded" } } as const;
  expect(shown(status(degraded), "en", GUIDE_LABELS)).toBe("Minor degradation");
  const late = { code: "backups_delayed", text: "Platform operational, backups delayed" } as const;
  expect(shown(status({ headline: late }), "en", GUIDE_LABELS)).toBe(late.text);
  const { headline: _, ...older } = status();
  const failed = { ...older, backups: { ...older.backups, last_backup_status: "failed" as const } };
  expect(shown(older, "en", GUIDE_LABELS)).toBe("All systems operational");
  expect(shown(failed, "en", GUIDE_LABELS)).toBe("Platform operational");
  expect(shown(status({ stale_after: "2025-11-10T15:33:00Z" }), "en", GUIDE_LABELS)).toBe("Status unavailable");
});

test("what a site puts into a text stays text", () => {
  const text = inserted("{when} and {other}", { when: "<b>{other}</b>" });
  expect(renderToStaticMarkup(<>{text}</>)).toBe("&lt;b&gt;{other}&lt;/b&gt; and {other}");
});
