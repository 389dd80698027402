// SPDX-License-Identifier: MIT
// Against real servers: what fetch makes of what they answer.
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test, vi } from "vitest";
import * as clock from "../src/clock";
import { fetchPlatformStatus, fetchStatus } from "../src/fetchStatus";
import { announce, type StatusEventName, type StatusEventProperties } from "../src/events";
import { NOW, status } from "./documents";

vi.mock("../src/clock", { spy: true });

const servers: Server[] = [];

/** Its answers have a Date only if the listener sets one: the tests have a time of their own. */
async function serve(listener: RequestListener): Promise<string> {
  const server = createServer((request, response) => {
    response.sendDate = false;
    return listener(request, response);
  });
  servers.push(server);
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/status.json`;
}

const answering = (body: string, code = 200) => serve((_, response) => response.writeHead(code).end(body));

async function ask(url: string | undefined, timeoutSeconds = 5) {
  const events: [StatusEventName, StatusEventProperties][] = [];
  const result = await fetchStatus({ url, timeoutSeconds, track: (...event) => void events.push(event) });
  return { result, events };
}

const at = (time: number) => vi.spyOn(clock, "currentTime").mockReturnValue(time);
const common = { duration: expect.any(Number), judgedAt: expect.any(Number) };

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

test("a good answer", async () => {
  at(NOW);
  const { result, events } = await ask(await answering(JSON.stringify(status())));
  expect(result).toEqual({ ...common, data: status(), error: null, stale: false, ageMinutes: 5, statusCode: 200 });
  expect(events).toEqual([
    ["status_fetch_success", { duration: expect.any(Number), status_code: 200, age_minutes: 5 }],
  ]);
});

test("a good answer that is stale", async () => {
  at(NOW + 42 * 60_000);
  const { result, events } = await ask(await answering(JSON.stringify(status())));
  expect(result).toEqual({ ...common, data: status(), error: null, stale: true, ageMinutes: 47, statusCode: 200 });
  expect(events).toEqual([["status_stale_data", expect.objectContaining({ status_code: 200, age_minutes: 47 })]]);
});

const dated = (time: number, age?: string) =>
  serve((_, response) => {
    response.setHeader("Date", new Date(time).toUTCString());
    if (age !== undefined) response.setHeader("Age", age);
    response.end(JSON.stringify(status()));
  });

test.each([
  ["slow by 47 minutes", NOW + 42 * 60_000, undefined, NOW + 42 * 60_000],
  ["slow, behind a cache", NOW, "2520", NOW + 42 * 60_000],
  ["slow, behind a cache with an age that is none", NOW + 42 * 60_000, "soon", NOW + 42 * 60_000],
  ["fast by 11 minutes", NOW - 16 * 60_000, "0", NOW - 5 * 60_000],
  ["right, behind a cache", NOW - 9 * 60_000, "240", NOW - 5 * 60_000],
])("this device's clock is %s: the later time counts", async (_, date, age, expected) => {
  at(NOW - 5 * 60_000);
  const { data, judgedAt, stale, ageMinutes } = await fetchStatus({ url: await dated(date, age), track: () => {} });
  expect(data).toEqual(status());
  expect([judgedAt, stale]).toEqual([expected, expected > NOW + 25 * 60_000]);
  expect(ageMinutes).toBe(expected > NOW ? 47 : 0);
});

test("in the browser, no copy is kept, and a stale one is not fetched twice", async () => {
  at(NOW + 42 * 60_000);
  vi.stubGlobal("window", {});
  const spy = vi.spyOn(globalThis, "fetch");
  const url = await answering(JSON.stringify(status()));
  expect(await fetchStatus({ url, againIfStale: true, track: () => {} })).toMatchObject({ stale: true });
  expect(spy).toHaveBeenCalledTimes(1);
  expect(spy.mock.calls[0]![1]).toMatchObject({ cache: "no-store" });
  expect(spy.mock.calls[0]![1]).not.toHaveProperty("next");
});

test.each([
  ["no JSON", "<!DOCTYPE html>", 200, "json"],
  ["nothing", "", 200, "json"],
  ["half of it", JSON.stringify(status()).slice(0, 100), 200, "json"],
  ["an unknown word", JSON.stringify({ ...status(), platform_status: "fine" }), 200, "invalid"],
  ["another document", '{"status":{"indicator":"none"}}', 200, "invalid"],
  ["not found", JSON.stringify(status()), 404, "http"],
  ["a broken server", JSON.stringify(status()), 503, "http"],
])("%s is an error and nothing else", async (_, body, code, error) => {
  const { result, events } = await ask(await answering(body, code));
  expect(result).toEqual({ ...common, data: null, error, stale: false, ageMinutes: null, statusCode: code });
  expect(events).toEqual([
    ["status_fetch_error", { duration: expect.any(Number), status_code: code, age_minutes: null, reason: error }],
  ]);
});

test("nobody there", async () => {
  const url = await answering("");
  await new Promise((closed) => servers.pop()!.close(closed));
  expect((await ask(url)).result.error).toBe("network");
});

test.each(["no address", "::", "/mocks/status.json"])("an address that is none: %s", async (url) => {
  expect((await ask(url)).result.error).toBe("network");
});

test("no address is set", async () => {
  vi.stubEnv("NEXT_PUBLIC_STATUS_JSON_URL", "");
  expect((await ask(undefined)).result.error).toBe("not-configured");
});

test("the address comes from the environment", async () => {
  vi.stubEnv("NEXT_PUBLIC_STATUS_JSON_URL", await answering(JSON.stringify(status())));
  expect((await ask(undefined)).result.data).toEqual(status());
});

test.each<[string, RequestListener]>([
  ["no answer", () => {}],
  ["a body that does not end", (_, response) => void response.writeHead(200).write('{"updated_at":')],
])("%s is given up", async (_, listener) => {
  expect((await ask(await serve(listener), 0.05)).result.error).toBe("timeout");
});

test("a body that is cut off", async () => {
  const url = await serve((_, response) => {
    response.writeHead(200, { "Content-Length": "1000" }).write("{", () => response.destroy());
  });
  expect((await ask(url)).result.error).toBe("network");
});

test("fields that are not known yet are no error", async () => {
  const { result } = await ask(await answering(JSON.stringify({ ...status(), components: [] })));
  expect(result.error).toBeNull();
});

test("an event that cannot be told takes nothing away", async () => {
  const url = await answering(JSON.stringify(status()));
  const track = () => {
    throw new Error("blocked");
  };
  expect((await fetchStatus({ url, track })).error).toBeNull();
});

test("what lies on the server is asked for again where it is stale, and kept where nothing newer comes", async () => {
  at(NOW + 42 * 60_000);
  const fresh = status({ updated_at: "2025-11-10T16:10:00Z", stale_after: "2025-11-10T16:40:00Z" });
  let bodies = [status(), fresh].map((one) => JSON.stringify(one));
  const url = await serve((_, response) => response.end(bodies.shift() ?? "no"));
  const track = vi.fn();
  expect((await fetchStatus({ url, track, againIfStale: true })).data).toEqual(fresh);
  bodies = [JSON.stringify(status())];
  expect(await fetchStatus({ url, track, againIfStale: true })).toMatchObject({ data: status(), stale: true });
});

test("it is kept for ten minutes under its tag", async () => {
  const spy = vi.spyOn(globalThis, "fetch");
  await ask(await answering(JSON.stringify(status())));
  expect(spy.mock.calls[0]![1]).toMatchObject({ next: { revalidate: 600, tags: ["platform-status"] } });
});

test("it is asked for as JSON, without cookies", async () => {
  let headers: Record<string, unknown> = {};
  const url = await serve((request, response) => {
    headers = request.headers;
    response.end(JSON.stringify(status()));
  });
  await ask(url);
  expect(headers.accept).toBe("application/json");
});

test("an answer without end is not kept in memory", async () => {
  const url = await serve((_, response) => {
    const more = () => void (response.destroyed || response.write("x".repeat(65536), () => setImmediate(more)));
    more();
  });
  expect((await ask(url)).result.error).toBe("invalid");
});

test("fetchPlatformStatus always has data, and says unknown of what is not valid", async () => {
  at(NOW);
  const url = await answering(JSON.stringify(status()));
  expect(await fetchPlatformStatus({ url })).toEqual({ data: status(), error: null, stale: false });
  at(NOW + 42 * 60_000);
  const late = await fetchPlatformStatus({ url });
  expect(late).toMatchObject({ data: { platform_status: "unknown", updated_at: status().updated_at }, stale: true });
  expect(late.data.headline).toBeUndefined();
  const none = await fetchPlatformStatus({ url: await answering("", 503), track: () => {} });
  expect(none).toMatchObject({ data: { platform_status: "unknown", uptime: { last_24h: null } }, error: "http" });
});

test("on the server what goes wrong is logged, and nothing else", () => {
  const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
  const properties = { duration: 1, status_code: 200, age_minutes: 47 };
  announce("status_fetch_success", properties);
  announce("status_fetch_error", { ...properties, reason: "http" });
  announce("status_stale_data", properties);
  expect(warn.mock.calls).toEqual([["status_fetch_error: http"], ["status_stale_data: 47 minutes old"]]);
});
