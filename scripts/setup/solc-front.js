#!/usr/bin/env node
/**
 * Native solc's command line over npm's `solc`, so that py-solc-x and brownie compile where no native binary can be
 * downloaded. Understands what they use: --version, --standard-json [FILE|-], --allow-paths, --base-path, --include-path.
 */
"use strict";
const fs = require("fs");
const path = require("path");

const here = path.dirname(fs.realpathSync(__filename));

/** Folder of the npm package: the nearest node_modules above this file. */
function solcFolder() {
  for (let folder = here; ; folder = path.dirname(folder)) {
    const candidate = path.join(folder, "node_modules", "solc");
    if (fs.existsSync(path.join(candidate, "soljson.js"))) return candidate;
    if (folder === path.dirname(folder)) throw new Error("npm package solc not found: run scripts/setup/install");
  }
}

/** Loading 9 MB of WebAssembly only to print a version costs half a second, so the line is kept. */
function version(folder) {
  const pkg = JSON.parse(fs.readFileSync(path.join(folder, "package.json"), "utf8")).version;
  const kept = path.join(folder, `.version-${pkg}`);
  try {
    return fs.readFileSync(kept, "utf8");
  } catch {
    const line = require(folder).version().replace("Emscripten.clang", "Linux.g++");
    try {
      fs.writeFileSync(kept, line);
    } catch {
      // A read-only tree only costs time.
    }
    return line;
  }
}

function parse(argv) {
  const options = { roots: [], standard: false, file: undefined, version: false };
  for (let i = 0; i < argv.length; i++) {
    const [flag, inline] = argv[i].startsWith("--") ? argv[i].split("=", 2) : [argv[i], undefined];
    const value = () => (inline === undefined ? argv[++i] : inline);
    if (flag === "--version" || flag === "-V") options.version = true;
    else if (flag === "--standard-json") options.standard = true;
    else if (flag === "--base-path" || flag === "--include-path") options.roots.push(value());
    else if (flag === "--allow-paths") value();
    else if (flag !== "-" && !flag.startsWith("-")) options.file = flag;
    else if (flag !== "-") throw new Error(`solc-front does not know ${flag}`);
  }
  return options;
}

/** Import callback of solc-js. */
function reader(roots) {
  return (name) => {
    const plain = name.replace(/^file:\/\//, "");
    const places = path.isAbsolute(plain) ? [plain] : ["", ...roots].map((root) => path.join(root || ".", plain));
    const found = places.find((place) => fs.existsSync(place));
    return found
      ? { contents: fs.readFileSync(found, "utf8") }
      : { error: `Source "${name}" not found. Searched: ${places.join(", ")}` };
  };
}

/** solc-js does not read sources given by `urls`; native solc does. */
function inlineSources(sources, read) {
  for (const source of Object.values(sources || {})) {
    if (source.content !== undefined || !source.urls) continue;
    const hit = source.urls.map(read).find((answer) => answer.contents !== undefined);
    if (hit) {
      source.content = hit.contents;
      delete source.urls;
    }
  }
}

function main() {
  const options = parse(process.argv.slice(2));
  const folder = solcFolder();
  if (options.version) {
    process.stdout.write(`solc, the solidity compiler commandline interface\nVersion: ${version(folder)}\n`);
    return;
  }
  if (!options.standard) throw new Error("solc-front offers --standard-json and --version only");
  const input = JSON.parse(fs.readFileSync(options.file || 0, "utf8"));
  const read = reader(options.roots);
  inlineSources(input.sources, read);
  if (input.settings && input.settings.evmVersion === null) delete input.settings.evmVersion;
  process.stdout.write(require(folder).compile(JSON.stringify(input), { import: read }) + "\n");
}

try {
  main();
} catch (error) {
  process.stderr.write(`Error: ${error.message}\n`);
  process.exitCode = 1; // never process.exit(): a big write to a pipe is still under way
}
