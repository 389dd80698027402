// SPDX-License-Identifier: MIT
// The names of the guides, and the earlier names beside them. `npm run check` tests the types.
import { expect, expectTypeOf, test, vi } from "vitest";
import * as client from "../src/client";
import * as clock from "../src/clock";
import * as parts from "../src/index";
import type { Status as ClientStatus } from "../src/client";
import type { PlatformStatus, PlatformStatusResult, Status, StatusResult } from "../src/index";
import { NOW, status } from "./documents";

vi.mock("next/server", () => ({ connection: async () => {} }));
vi.mock("../src/clock", { spy: true });

test("Status is the earlier name of PlatformStatus", () => {
  expectTypeOf<Status>().toEqualTypeOf<PlatformStatus>();
  expectTypeOf<ClientStatus>().toEqualTypeOf<PlatformStatus>();
});

test("fetchPlatformStatus has the shape of the guides, and fetchStatus returns more", () => {
  expectTypeOf(parts.fetchPlatformStatus).returns.resolves.toEqualTypeOf<PlatformStatusResult>();
  expectTypeOf<keyof PlatformStatusResult>().toEqualTypeOf<"data" | "error" | "stale">();
  expectTypeOf<PlatformStatusResult["data"]>().toEqualTypeOf<PlatformStatus>();
  expectTypeOf(parts.fetchStatus).returns.resolves.toEqualTypeOf<StatusResult>();
  expectTypeOf<StatusResult["data"]>().toEqualTypeOf<Status | null>();
  expectTypeOf<StatusResult>().toExtend<Pick<PlatformStatusResult, "error" | "stale">>();
});

test("the constants and the card keep their names", () => {
  expect(parts).toMatchObject({ REVALIDATE_SECONDS: 600, STATUS_TAG: "platform-status", TIMEOUT_SECONDS: 5 });
  expect(parts.PlatformStatusCard).toBeTypeOf("function");
  expectTypeOf<parts.PlatformStatusCardProps>().toExtend<{ title?: string; perRequest?: boolean }>();
});

test.each([
  ["elytra-status-next", parts],
  ["elytra-status-next/client", client],
])("both names of %s fetch the same report", async (_, names) => {
  vi.spyOn(clock, "currentTime").mockReturnValue(NOW);
  vi.stubGlobal("fetch", async () => Response.json(status()));
  const options = { url: "https://status.example.com/status.json", track: () => {} };
  const { data, error, stale } = await names.fetchStatus(options);
  expect(data).toEqual(status());
  expect(await names.fetchPlatformStatus(options)).toEqual({ data, error, stale });
});
