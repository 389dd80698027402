// SPDX-License-Identifier: MIT
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: { include: ["tests/**/*.test.{ts,tsx}"], restoreMocks: true, unstubEnvs: true, unstubGlobals: true },
});
