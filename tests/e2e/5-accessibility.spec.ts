/** Every page and dialog, light and dark, wide and narrow: no violation of axe, no foreign request, no error, no overflow. */
import AxeBuilder from "@axe-core/playwright";
import { expect, test, type Page } from "@playwright/test";
import { connect, NARROW, pageOf, signIn, WIDE } from "./people";
import { stack } from "./stack";

const portal = `/portal/${stack.cases.poor.token}`;

interface View {
  readonly name: string;
  readonly path: string;
  open?(page: Page): Promise<void>;
}

const OPEN: readonly View[] = [
  { name: "front page", path: "/" },
  {
    name: "front page with a copy laid on",
    path: "/",
    open: (page) => page.getByRole("button", { name: "Screenshot" }).click(),
  },
  { name: "code", path: "/portal" },
  { name: "portal", path: portal },
  { name: "portal, slider", path: portal, open: (page) => page.getByRole("button", { name: "Slider" }).click() },
  {
    name: "portal, the page",
    path: portal,
    open: (page) => page.getByRole("button", { name: "Show the captured page" }).click(),
  },
  {
    name: "portal, wallets",
    path: portal,
    open: (page) => page.getByRole("button", { name: /wallet to pay/ }).click(),
  },
  { name: "verify", path: "/verify" },
  {
    name: "verified",
    path: `/verify?case=${stack.cases.poor.token}`,
    open: (page) => expect(page.getByText("Everything checks out")).toBeVisible(),
  },
  { name: "nothing there", path: "/nothing-there" },
  { name: "API", path: "/docs/", open: (page) => expect(page.getByText("/api/open/cover")).toBeVisible() },
];

const SIGNED_IN: readonly View[] = [
  {
    name: "works",
    path: "/works",
    open: (page) => expect(page.getByText("Registered", { exact: true }).first()).toBeVisible(),
  },
  {
    name: "a work",
    path: "/works",
    open: (page) =>
      page
        .getByRole("button", { name: /^Open / })
        .first()
        .click(),
  },
  { name: "inbox", path: "/inbox" },
  {
    name: "inbox, difference",
    path: "/inbox",
    open: (page) => page.getByRole("button", { name: "Difference" }).click(),
  },
  {
    name: "inbox, the page",
    path: "/inbox",
    open: (page) => page.getByRole("button", { name: "Show the captured page" }).click(),
  },
  {
    name: "claim",
    path: "/inbox",
    async open(page) {
      await page.keyboard.press("n");
      await page.getByRole("button", { name: /^Not licensed \d+$/ }).click();
      const claim = page.getByRole("button", { name: "Claim this use" });
      const hits = page.getByRole("list", { name: "Hits" }).getByRole("button");
      for (let at = 0; at < (await hits.count()) && !(await claim.isVisible()); at++) await hits.nth(at).click();
      await claim.click();
      await expect(page.getByText("every byte matches the committee's report")).toBeVisible();
    },
  },
  { name: "cases", path: "/cases" },
  { name: "a case", path: `/cases/${stack.cases.poor.id}` },
  {
    name: "withdraw",
    path: `/cases/${stack.cases.poor.id}`,
    open: (page) => page.getByRole("button", { name: "Withdraw the case" }).click(),
  },
  { name: "CPY", path: "/token", open: (page) => expect(page.getByText("Ether for fees")).toBeVisible() },
  { name: "account", path: "/token", open: (page) => page.getByRole("button", { name: /^Account/ }).click() },
  {
    name: "a refused file",
    path: "/works",
    async open(page) {
      await page
        .getByLabel("Photographs to add")
        .setInputFiles({ name: "a.jpg", mimeType: "image/jpeg", buffer: Buffer.from("x") });
      await expect(page.getByText("a.jpg")).toBeVisible();
    },
  },
];

const SCHEMES = ["light", "dark"] as const;
const SIZES = [WIDE, NARROW];

for (const scheme of SCHEMES) {
  for (const size of SIZES) {
    test(`${scheme}, ${size.width} px`, async ({ browser }) => {
      test.setTimeout(400_000);
      const context = await browser.newContext({ colorScheme: scheme });
      const { page } = await pageOf(context, "agency");
      await page.setViewportSize(size);
      const complaints: string[] = [];
      let view = "";
      page.on("console", (line) => {
        // A refusal of the API, which the page tells, is an error to the browser's console.
        if (line.type() === "error" && view !== "a refused file") complaints.push(`${view}: ${line.text()}`);
      });
      page.on("pageerror", (problem) => complaints.push(`${view}: ${problem.message}`));
      page.on("request", (request) => {
        if (!request.url().startsWith(stack.url) && !/^(data|blob):/.test(request.url()))
          complaints.push(`${view}: foreign ${request.url()}`);
      });
      const look = async (one: View): Promise<void> => {
        view = one.name;
        await page.goto(one.path);
        await page.locator("h1, h2, .swagger-ui").first().waitFor();
        await one.open?.(page);
        await page.waitForTimeout(250);
        // The documentation of the API is swagger-ui's own page.
        if (one.path === "/docs/") return;
        const found = await new AxeBuilder({ page }).analyze();
        for (const violation of found.violations) {
          complaints.push(
            `${view}: ${violation.id} ${violation.help}: ${violation.nodes
              .map((node) => node.target.join(" "))
              .slice(0, 3)
              .join(" | ")}`,
          );
        }
        const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        if (wide > 0) complaints.push(`${view}: ${wide} px too wide`);
      };
      for (const one of OPEN) await look(one);
      await look({
        name: "CPY without a wallet",
        path: "/token",
        open: (at) => expect(at.getByText("Total supply")).toBeVisible(),
      });
      await look({
        name: "sign-in",
        path: "/works",
        open: (at) => at.getByRole("button", { name: "Connect a wallet" }).waitFor(),
      });
      await look({
        name: "wallets",
        path: "/works",
        open: (at) => at.getByRole("button", { name: "Connect a wallet" }).click(),
      });
      await signIn(page, "/works");
      for (const one of SIGNED_IN) await look(one);
      expect(complaints).toEqual([]);
      await context.close();
    });
  }
}

for (const scheme of SCHEMES) {
  test(`${scheme}: the demonstration wallet's own windows, a step that waits, and a message`, async ({ browser }) => {
    const context = await browser.newContext({ colorScheme: scheme, viewport: NARROW });
    const page = await context.newPage();
    const clean = async (): Promise<void> => {
      await page.waitForTimeout(250);
      expect((await new AxeBuilder({ page }).analyze()).violations.map((one) => one.id)).toEqual([]);
    };
    await page.goto("/works");
    await page.getByRole("button", { name: "Connect a wallet" }).first().click();
    await page.getByRole("button", { name: "Demonstration wallet" }).click();
    await expect(page.getByRole("heading", { name: "Who do you want to be?" })).toBeVisible();
    await clean();
    await page.getByRole("button", { name: "Licensee", exact: true }).click();
    await page.getByRole("button", { name: /^Sign in as/ }).click();
    await expect(page.getByRole("heading", { name: "Sign a message" })).toBeVisible();
    await clean();
    await page.getByRole("button", { name: "Reject" }).click();
    await expect(page.getByText("You declined to sign.")).toBeVisible();
    await clean();
    await context.close();
  });
}

test("the keyboard alone leads through sign-in", async ({ context }) => {
  const { page } = await pageOf(context, "agency");
  await page.goto("/works");
  await page.getByRole("button", { name: "Connect a wallet" }).focus();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("dialog")).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog")).toHaveCount(0);
  await connect(page);
  await expect(page.getByRole("button", { name: /^Sign in as/ })).toBeVisible();
});
