// One Lighthouse run on a page, as on a phone. Prints JSON: LCP in milliseconds, scores of the four categories.
import * as launcher from "chrome-launcher";
import lighthouse from "lighthouse";

const flags = ["--headless=new", "--disable-background-networking", ...(process.getuid() === 0 ? ["--no-sandbox"] : [])];
const chrome = await launcher.launch({ chromePath: process.env.CHROMIUM_PATH, chromeFlags: flags, logLevel: "silent" });
try {
  const run = await lighthouse(process.argv[2], { port: chrome.port, output: "json", logLevel: "silent" });
  const { audits, categories } = run.lhr;
  const scores = Object.fromEntries(Object.values(categories).map((one) => [one.title, one.score]));
  console.log(JSON.stringify({ lcp: audits["largest-contentful-paint"].numericValue, scores }));
} finally {
  await chrome.kill();
}
