// SPDX-License-Identifier: MIT
// The texts of all parts. A language is a file in locale/, begun by `npm run generate`.

import { LANGUAGES } from "./locale/index";
import { en, type Messages } from "./locale/en";

export type { Messages };

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

const BY_CODE: Record<string, Messages> = LANGUAGES;

/** The codes of the available languages. */
export const languages = Object.keys(BY_CODE);

/** The texts for a language tag such as "de" or "pt-BR"; English if there are none. */
export function messagesFor(tag = "en"): Messages {
  return BY_CODE[tag.toLowerCase().split("-")[0] ?? ""] ?? en;
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
