// The walls of the web app, promises that nobody waits for, and the rules of hooks. Formatting is prettier's.
import { readdirSync } from "node:fs";
import importX, { createNodeResolver } from "eslint-plugin-import-x";
import reactHooks from "eslint-plugin-react-hooks";
import tseslint from "typescript-eslint";

const src = "./frontend/src";
const features = readdirSync(`${src}/features`);

export default tseslint.config(
  { ignores: ["**/dist/**", "frontend/src/api/schema.ts", "frontend/src/chain/abis.ts", "frontend/.prerender/**"] },
  {
    files: ["frontend/src/**/*.{ts,tsx}", "tests/e2e/**/*.ts"],
    extends: [tseslint.configs.base],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      "@typescript-eslint/no-floating-promises": "error",
      "@typescript-eslint/no-misused-promises": ["error", { checksVoidReturn: { attributes: false } }],
      "@typescript-eslint/await-thenable": "error",
      "@typescript-eslint/switch-exhaustiveness-check": "error",
      "@typescript-eslint/no-unnecessary-condition": "off",
    },
  },
  {
    files: ["frontend/src/**/*.{ts,tsx}"],
    plugins: { "import-x": importX, "react-hooks": reactHooks },
    settings: { "import-x/resolver-next": [createNodeResolver({ extensions: [".ts", ".tsx", ".json"] })] },
    rules: {
      "react-hooks/rules-of-hooks": "error",
      "react-hooks/exhaustive-deps": "error",
      "import-x/no-cycle": "error",
      "import-x/no-restricted-paths": [
        "error",
        {
          zones: [
            // A feature's only door is its index.ts.
            ...features.map((name) => ({
              target: `${src}/features/!(${name})/**`,
              from: `${src}/features/${name}`,
              except: ["./index.ts"],
              message: "Import a feature through its index.ts.",
            })),
            // Rooms know those below them: features, app, cases, compare, chain, api and ui.
            { target: `${src}/{ui,api,chain,compare,cases}`, from: `${src}/features` },
            { target: `${src}/{ui,api,chain,compare,cases}`, from: `${src}/app` },
            { target: `${src}/{ui,api,chain,compare}`, from: `${src}/cases` },
            { target: `${src}/{ui,api}`, from: `${src}/{chain,compare}` },
            { target: `${src}/ui`, from: `${src}/api` },
          ],
        },
      ],
    },
  },
);
