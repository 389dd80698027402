// SPDX-License-Identifier: MIT
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

test("there are the eight languages of the page", () => {
  expect(languages.sort()).toEqual(["ar", "de", "en", "es", "fr", "ja", "nl", "pt"]);
});

describe.each(languages)("%s", (language) => {
  const messages = messagesFor(language);
  test("every text is there, with the same values in it", () => {
    expect(texts(messages).map(([path]) => path)).toEqual(texts(english).map(([path]) => path));
    for (const [index, [path, text]] of texts(messages).entries()) {
      expect(braces(text), path).toEqual(braces(texts(english)[index]![1]));
      expect(text.trim(), path).not.toBe("");
    }
  });
  test("no sentence is left in English", () => {
    const same = texts(messages).filter(([, text], index) => text === texts(english)[index]![1] && text.includes(" "));
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
