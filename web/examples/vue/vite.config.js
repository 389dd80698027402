// SPDX-License-Identifier: MIT
import vue from "@vitejs/plugin-vue";
import { defineConfig } from "vite";

export default defineConfig({
  // The element is none of Vue's components.
  plugins: [vue({ template: { compilerOptions: { isCustomElement: (tag) => tag === "elytra-status" } } })],
});
