import { defineConfig } from "@playwright/test";

/** Debian's browser, so that nothing is downloaded. */
const CHROMIUM = process.env.CHROMIUM ?? "/usr/bin/chromium";

/** The pages against a running server (`EVERRUNS_URL`); `cargo xtask prove page` starts it. */
export default defineConfig({
  testDir: "e2e",
  testMatch: "*.spec.ts",
  workers: 1,
  timeout: 60_000,
  expect: { timeout: 10_000 },
  reporter: [["list"]],
  use: {
    baseURL: process.env.EVERRUNS_URL ?? "http://127.0.0.1:9000",
    viewport: { width: 1200, height: 800 },
    launchOptions: { executablePath: CHROMIUM, args: ["--no-sandbox"] },
  },
});
