// SPDX-License-Identifier: MIT
// Made from schema/status.schema.json by `npm run generate`: change that, not this.

import type { Status } from "./status.types";

/** Whether a value is a status.json, fields that this site does not know yet aside. Where not, `errors` says why. */
declare const isStatus: {
  (value: unknown): value is Status;
  errors?: { instancePath: string; keyword: string }[] | null;
};
export default isStatus;
