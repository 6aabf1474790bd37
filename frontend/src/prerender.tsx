/** Writes the front page into the built index.html: it is there before any script runs. Run after `vite build`. */
import { readFileSync, writeFileSync } from "node:fs";
import { renderToStaticMarkup } from "react-dom/server";
import { Landing } from "./features/landing/Landing";

const FILE = "dist/index.html";
const page = readFileSync(FILE, "utf8");
const holes = ["<!--head-->", "<!--landing-->"];
if (!holes.every((hole) => page.includes(hole)))
  throw new Error(`${FILE} has no place for the front page: run vite build first`);
const preload =
  '<link rel="preload" as="image" fetchpriority="high" href="/pictures/work-1280.webp" ' +
  'imagesrcset="/pictures/work-640.webp 640w, /pictures/work-1280.webp 1280w" imagesizes="(min-width: 1024px) 660px, 100vw" />';
const body = renderToStaticMarkup(<Landing />);
writeFileSync(
  FILE,
  page.replace("<!--head-->", preload).replace("<!--landing-->", () => body),
);
console.log(`${FILE}: ${body.length} characters of prerendered page`);
