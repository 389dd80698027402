// SPDX-License-Identifier: MIT
// The texts of all parts. A language is a file in locale/ and a line here.

import { ar } from "./locale/ar";
import { de } from "./locale/de";
import { en } from "./locale/en";
import { es } from "./locale/es";
import { fr } from "./locale/fr";
import { ja } from "./locale/ja";
import { nl } from "./locale/nl";
import { pt } from "./locale/pt";

/** The texts of a language as plain strings, which a server component can pass to the browser. */
export type Messages = typeof en;

/** A label for each status, instead of the published headline. */
export interface Labels {
  operational?: string;
  degraded?: string;
  outage?: string;
  unknown?: string;
}

/** The labels of the first front-end guides. */
export const GUIDE_LABELS = {
  operational: "All systems operational",
  degraded: "Minor degradation",
  outage: "Service disruption",
  unknown: "Status unavailable",
} as const satisfies Labels;

const LANGUAGES: Record<string, Messages> = { en, de, fr, es, pt, nl, ja, ar };

/** The codes of the available languages. */
export const languages = Object.keys(LANGUAGES);

/** The texts for a language tag such as "de" or "pt-BR"; English if there are none. */
export function messagesFor(tag = "en"): Messages {
  return LANGUAGES[tag.toLowerCase().split("-")[0] ?? ""] ?? en;
}

/** The language for Intl. Its digits are those of the texts, whatever the version of Unicode's data. */
export function localeOf({ language }: Messages): string {
  return `${language}-u-nu-latn`;
}

/** The names of components as a list, and their number. */
export function componentsText(names: string[], messages: Messages): [named: string, counted: string] {
  const { direction, listSeparator, componentCount } = messages;
  // A Latin name in a sentence from right to left is kept together by isolates.
  const shown = direction === "rtl" ? names.map((name) => `\u2068${name}\u2069`) : names;
  const rule = new Intl.PluralRules(localeOf(messages)).select(names.length);
  const count = new Intl.NumberFormat(localeOf(messages)).format(names.length);
  return [shown.join(listSeparator), inserted(componentCount[rule], { count })];
}

/** A sentence with values in place of the names in braces. */
export function inserted(sentence: string, values: Record<string, string>): string {
  return sentence.replace(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole);
}
