// SPDX-License-Identifier: MIT
// Made from the folders of elytra_status/locale/ by `npm run generate`.

import { ar } from "./ar";
import { de } from "./de";
import { en } from "./en";
import { es } from "./es";
import { fr } from "./fr";
import { ja } from "./ja";
import { nl } from "./nl";
import { pt } from "./pt";

export const LANGUAGES = { ar, de, en, es, fr, ja, nl, pt };
