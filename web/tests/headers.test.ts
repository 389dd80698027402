// SPDX-License-Identifier: MIT
import { readFileSync } from "node:fs";
import { expect, test, vi } from "vitest";
import { contentSecurityPolicy, securityHeaders } from "../src/headers";

const ADDRESS = "https://status.example.com/folder/status.json";
const read = (path: string) => readFileSync(new URL(path, import.meta.url), "utf8");

/** The sources of a directive. */
function sources(policy: string, directive: string): string[] {
  const found = policy.split("; ").find((one) => one.startsWith(`${directive} `));
  return found!.split(" ").slice(1);
}

test("browsers may fetch the status, and what else next/image and fonts need", () => {
  vi.stubEnv("NEXT_PUBLIC_STATUS_JSON_URL", ADDRESS);
  const policy = contentSecurityPolicy();
  expect(sources(policy, "connect-src")).toEqual(["'self'", "https://status.example.com"]);
  expect(sources(policy, "img-src")).toContain("data:");
  expect(policy).not.toContain("unsafe-eval");
});

test("a site adds sources, and replaces none", () => {
  const policy = contentSecurityPolicy({
    statusUrl: "/status.json",
    sources: {
      "img-src": ["https://images.example.com"],
      "frame-ancestors": ["'self'"],
      "frame-src": ["https://a.example"],
    },
  });
  expect(sources(policy, "img-src")).toEqual(["'self'", "data:", "blob:", "https://images.example.com"]);
  expect(sources(policy, "frame-ancestors")).toEqual(["'self'"]);
  expect(sources(policy, "frame-src")).toEqual(["'self'", "https://a.example"]);
  expect(sources(policy, "connect-src")).toEqual(["'self'"]);
});

test("development may evaluate code", () => {
  expect(sources(contentSecurityPolicy({ development: true }), "script-src")).toContain("'unsafe-eval'");
});

test("the examples for Vercel and nginx have the same headers", () => {
  const headers = securityHeaders({ statusUrl: ADDRESS });
  expect(JSON.parse(read("../examples/vercel.json")).headers[0].headers).toEqual(headers);
  const nginx = read("../examples/nginx.conf");
  for (const { key, value } of headers) {
    expect(nginx).toContain(`add_header ${key} ${value.includes(";") ? `"${value}"` : value} always;`);
  }
});
