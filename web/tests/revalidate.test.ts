// SPDX-License-Identifier: MIT
import { createHmac } from "node:crypto";
import { revalidateTag } from "next/cache";
import { beforeEach, expect, test, vi } from "vitest";
import * as route from "../src/revalidate";

vi.mock("next/cache", () => ({ revalidateTag: vi.fn() }));

const SECRET = "correct horse battery staple";
const BODY = '{"event":"platform"}';
const now = () => Math.floor(Date.now() / 1000);

function request(headers: Record<string, string> = {}): Request {
  const address = "https://www.example.com/api/revalidate";
  return new Request(address, {
    method: "POST",
    headers: { "Content-Length": `${BODY.length}`, ...headers },
    body: BODY,
  });
}

function signed(stamp: number, { secret = SECRET, over = BODY, length = BODY.length } = {}): Request {
  const signature = createHmac("sha256", secret).update(`${stamp}.${over}`).digest("hex");
  return request({
    "X-Elytra-Status-Timestamp": `${stamp}`,
    "X-Elytra-Status-Signature": `sha256=${signature}`,
    "Content-Length": `${length}`,
  });
}

beforeEach(() => {
  vi.stubEnv("STATUS_REVALIDATE_SECRET", SECRET);
  vi.mocked(revalidateTag).mockReset();
});

test.each([
  ["the secret", () => request({ Authorization: `Bearer ${SECRET}` })],
  ["a signature", () => signed(now())],
  ["a signature of four minutes ago", () => signed(now() - 240)],
])("%s drops what is kept, at once", async (_, make) => {
  const answer = await route.POST(make());
  expect(answer.status).toBe(200);
  expect(vi.mocked(revalidateTag).mock.calls).toEqual([["platform-status", { expire: 0 }]]);
});

test.each([
  ["nothing", () => request()],
  ["another secret", () => request({ Authorization: "Bearer wrong" })],
  ["the secret and more", () => request({ Authorization: `Bearer ${SECRET}x` })],
  ["the secret alone", () => request({ Authorization: SECRET })],
  ["a signature with another secret", () => signed(now(), { secret: "wrong" })],
  ["a signature of another body", () => signed(now(), { over: "{}" })],
  ["a signature of ten minutes ago", () => signed(now() - 600)],
  ["a signature of ten minutes ahead", () => signed(now() + 600)],
  ["a signature of no time", () => signed(NaN)],
  ["a body without end", () => signed(now(), { length: 1e9 })],
])("%s drops nothing", async (_, make) => {
  const answer = await route.POST(make());
  expect(answer.status).toBe(401);
  expect(await answer.text()).not.toContain(SECRET);
  expect(revalidateTag).not.toHaveBeenCalled();
});

test.each(["", undefined])("without a secret of its own it is closed (%s)", async (secret) => {
  vi.stubEnv("STATUS_REVALIDATE_SECRET", secret);
  for (const bearer of ["Bearer ", "Bearer undefined"]) {
    expect((await route.POST(request({ Authorization: bearer }))).status).toBe(401);
  }
});

test("nothing but POST is answered", () => {
  expect(Object.keys(route)).toEqual(["POST"]);
});
