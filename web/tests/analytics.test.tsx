// SPDX-License-Identifier: MIT
// @vitest-environment jsdom
import { cleanup, render } from "@testing-library/react";
import { afterEach, expect, test, vi } from "vitest";
import { fetchStatus } from "../src/fetchStatus";
import { StatusAnalytics } from "../src/StatusAnalytics";

afterEach(cleanup);

test("the site's function counts each fetch in the browser, until it is taken away", async () => {
  vi.stubGlobal("fetch", async () => new Response("", { status: 503 }));
  const track = vi.fn();
  const { unmount } = render(<StatusAnalytics track={track} />);
  const url = "https://status.example.com/status.json";
  await fetchStatus({ url });
  expect(track.mock.calls).toEqual([
    ["status_fetch_error", { duration: expect.any(Number), status_code: 503, age_minutes: null, reason: "http" }],
  ]);
  unmount();
  await fetchStatus({ url });
  expect(track).toHaveBeenCalledTimes(1);
});
