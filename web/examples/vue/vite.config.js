// SPDX-License-Identifier: MIT
import vue from "@vitejs/plugin-vue";
import { defineConfig, loadEnv } from "vite";

export default defineConfig(({ mode }) => {
  // The names of documents follow it in index.html and App.vue, so it needs a slash at its end.
  const { VITE_STATUS_URL } = loadEnv(mode, process.cwd());
  process.env.VITE_STATUS_URL = VITE_STATUS_URL.replace(/\/*$/, "/");
  return {
    // The element is none of Vue's components.
    plugins: [vue({ template: { compilerOptions: { isCustomElement: (tag) => tag === "elytra-status" } } })],
  };
});
