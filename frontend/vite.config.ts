import { copyFileSync, mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vitest/config";

/** The API's documentation, from files of our own: the policy lets no page load anything foreign. */
function apiDocs(): Plugin {
  const source = dirname(createRequire(import.meta.url).resolve("swagger-ui-dist/package.json"));
  return {
    name: "api-docs",
    apply: "build",
    writeBundle(options) {
      const target = join(options.dir ?? "dist", "docs");
      mkdirSync(target, { recursive: true });
      for (const file of ["swagger-ui.css", "swagger-ui-bundle.js"])
        copyFileSync(join(source, file), join(target, file));
    },
  };
}

export default defineConfig(({ isSsrBuild }) => ({
  plugins: [react(), tailwindcss(), ...(isSsrBuild ? [] : [apiDocs()])],
  build: {
    target: "es2022",
    // Fonts and pictures stay files: the policy allows no data: fonts.
    assetsInlineLimit: 0,
    modulePreload: {
      polyfill: false,
      // The front page is there without its scripts: nothing of them may stand in the pictures' way.
      resolveDependencies: (_, dependencies, { hostId }) => (hostId.endsWith("index.html") ? [] : dependencies),
    },
    ...(isSsrBuild ? { copyPublicDir: false } : { rolldownOptions: { input: ["index.html", "app.html"] } }),
  },
  test: { include: ["src/**/*.test.ts"] },
}));
