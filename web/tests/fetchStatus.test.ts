// SPDX-License-Identifier: MIT
// Against real servers: what fetch makes of what they answer.
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test, vi } from "vitest";
import { fetchStatus } from "../lib/fetchStatus";
import { onStatusEvent, type StatusEvent } from "../lib/onStatusEvent";
import { NOW, status } from "./documents";

const servers: Server[] = [];

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/status.json`;
}

const answering = (body: string, code = 200) => serve((_, response) => response.writeHead(code).end(body));

async function ask(url: string | undefined, timeoutSeconds = 5) {
  const events: StatusEvent[] = [];
  const result = await fetchStatus({ url, timeoutSeconds, onEvent: (event) => events.push(event) });
  return { result, events };
}

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

test("a good answer", async () => {
  vi.spyOn(Date, "now").mockReturnValue(NOW);
  const { result, events } = await ask(await answering(JSON.stringify(status())));
  expect(result).toEqual({ data: status(), error: null, stale: false, ageMinutes: 5 });
  expect(events).toEqual([{ name: "status_fetch_success", ageMinutes: 5 }]);
});

test("a good answer that is stale", async () => {
  vi.spyOn(Date, "now").mockReturnValue(NOW + 42 * 60_000);
  const { result, events } = await ask(await answering(JSON.stringify(status())));
  expect(result).toEqual({ data: status(), error: null, stale: true, ageMinutes: 47 });
  expect(events).toEqual([{ name: "status_stale_data", ageMinutes: 47 }]);
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
  expect(result).toEqual({ data: null, error, stale: false, ageMinutes: null });
  expect(events).toEqual([{ name: "status_fetch_error", reason: error }]);
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
  const onEvent = () => {
    throw new Error("blocked");
  };
  expect((await fetchStatus({ url, onEvent })).error).toBeNull();
});

test("what lies on the server is asked for again where it is stale, and kept where nothing newer comes", async () => {
  vi.spyOn(Date, "now").mockReturnValue(NOW + 42 * 60_000);
  const fresh = status({ updated_at: "2025-11-10T16:10:00Z", stale_after: "2025-11-10T16:40:00Z" });
  let bodies = [status(), fresh].map((one) => JSON.stringify(one));
  const url = await serve((_, response) => response.end(bodies.shift() ?? "no"));
  const onEvent = vi.fn();
  expect((await fetchStatus({ url, onEvent, againIfStale: true })).data).toEqual(fresh);
  bodies = [JSON.stringify(status())];
  expect(await fetchStatus({ url, onEvent, againIfStale: true })).toMatchObject({ data: status(), stale: true });
});

test("it is kept for ten minutes under its tag", async () => {
  const spy = vi.spyOn(globalThis, "fetch");
  await ask(await answering(JSON.stringify(status())));
  expect(spy.mock.calls[0]![1]).toMatchObject({ next: { revalidate: 600, tags: ["platform-status"] } });
});

test("on the server what goes wrong is logged, and nothing else", () => {
  const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
  onStatusEvent({ name: "status_fetch_success", ageMinutes: 1 });
  onStatusEvent({ name: "status_fetch_error", reason: "http" });
  onStatusEvent({ name: "status_stale_data", ageMinutes: 47 });
  expect(warn.mock.calls).toEqual([["status_fetch_error: http"], ["status_stale_data: 47 minutes old"]]);
});
