import { defineConfig } from "@playwright/test";
import { stack } from "./stack";

export default defineConfig({
  testDir: ".",
  testMatch: "*.spec.ts",
  outputDir: process.env.E2E_OUTPUT ?? "../../.cache/e2e",
  // One after the other: they share one chain, whose accounts have one nonce each.
  workers: 1,
  retries: 0,
  timeout: 180_000,
  expect: { timeout: 30_000 },
  reporter: [["list"], ["json", { outputFile: process.env.E2E_REPORT ?? "../../.cache/e2e/report.json" }]],
  use: {
    baseURL: stack.url,
    actionTimeout: 20_000,
    screenshot: "only-on-failure",
    colorScheme: "light",
    launchOptions: {
      ...(process.env.CHROMIUM_PATH ? { executablePath: process.env.CHROMIUM_PATH } : {}),
      args: ["--disable-background-networking", ...(process.getuid?.() === 0 ? ["--no-sandbox"] : [])],
    },
  },
});
