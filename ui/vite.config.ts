import { fileURLToPath } from "node:url";

import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

/** Where a server runs that the pages of `npm run dev` speak to. */
const SERVER = process.env.EVERRUNS_URL ?? "http://127.0.0.1:9000";

export default defineConfig({
  plugins: [react(), tailwindcss()],
  resolve: { alias: { "rehype-raw": fileURLToPath(new URL("src/parts/html-as-text.ts", import.meta.url)) } },
  // Names by content, so that files may be kept for ever; nothing inline, since the policy forbids it.
  build: { target: "es2022", assetsInlineLimit: 0, modulePreload: { polyfill: false }, chunkSizeWarningLimit: 1500 },
  server: { proxy: { "/v1": SERVER, "/docs": SERVER, "/openapi.json": SERVER } },
  test: { include: ["src/**/*.test.ts"] },
});
