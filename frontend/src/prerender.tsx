/**
 * Writes the front page into the built index.html, whole: its styles stand in it, so that one answer shows it. The fonts
 * come afterwards, with the whole stylesheet, which `behaviour.ts` fetches once the page stands. Run after `vite build`.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { extname } from "node:path";
import { renderToStaticMarkup } from "react-dom/server";
import { Landing } from "./features/landing/Landing";

const FILE = "dist/index.html";
const STYLES = /<link rel="stylesheet"[^>]* href="\/(assets\/[^"]+)">/;
const SCRIPT = /<script type="module"[^>]* src="(\/assets\/[^"]+)"><\/script>/;
// A browser that cannot show a type must not fetch it ahead.
const TYPES: Record<string, string> = { ".avif": ' type="image/avif"', ".webp": ' type="image/webp"' };
const HEAD = "<!--head-->";
const LANDING = "<!--landing-->";

const page = readFileSync(FILE, "utf8");
const styles = STYLES.exec(page);
const script = SCRIPT.exec(page);
if (!styles || !script || !page.includes(HEAD) || !page.includes(LANDING)) {
  throw new Error(`${FILE} has no place for the front page: run vite build first`);
}
const picture = (media: string, file: string): string =>
  `<link rel="preload" as="image" fetchpriority="high" media="${media}" href="/pictures/${file}"${TYPES[extname(file)]}>`;
const head =
  picture("(max-width: 640px)", "work-640.avif") +
  picture("(min-width: 640.1px)", "work-1280.webp") +
  `<style data-whole="/${styles[1]}">${withoutFonts(readFileSync(`dist/${styles[1]}`, "utf8"))}</style>`;
const body =
  renderToStaticMarkup(<Landing />) + `<script type="module" fetchpriority="low" src="${script[1]}"></script>`;
function withoutFonts(css: string): string {
  return css.replace(/@font-face\s*\{[^}]*\}/g, "");
}

const written = page
  .replace(STYLES, "")
  .replace(SCRIPT, "")
  .replace(HEAD, () => head)
  .replace(LANDING, () => body);
writeFileSync(FILE, written);
console.log(`${FILE}: ${written.length} characters, prerendered`);
