/** What goes wrong: a sentence each, nothing lost, nothing done twice. */
import { expect, test, type Page, type Route } from "@playwright/test";
import { connect, pageOf, shot, signIn, unseen } from "./people";
import { addresses, cpyOf, node, stack } from "./stack";

const PHOTO = stack.photos[0]!;

/** "unseen-1a2b.jpg" → "Unseen 1a2b", as the app names a work by its file. */
const titleOf = (name: string): string =>
  name
    .replace(/^u/, "U")
    .replace("-", " ")
    .replace(/\.jpg$/, "");

/** What the API holds of a hit. */
async function markOf(page: Page, hit: string): Promise<string | null> {
  return ((await (await page.request.get(`/api/hits/${hit}`)).json()) as { mark: string | null }).mark;
}

test("a rejection in the wallet is neutral, and the step can be done again", async ({ context }) => {
  const { page, wallet } = await pageOf(context, "agency");
  await signIn(page, "/works");
  await page.getByLabel("Photographs to add").setInputFiles(unseen(PHOTO));
  await page.getByRole("checkbox").first().check();
  wallet.rejectNext = true;
  await page.getByRole("button", { name: "Register", exact: true }).click();
  await expect(page.getByText("You declined the request in your wallet. Nothing was sent.")).toBeVisible();
  await expect(page.getByRole("alert")).toHaveCount(0);
  await page.getByRole("button", { name: "Register", exact: true }).click();
  await expect(page.getByText(/is registered\.$/)).toBeVisible();
});

test("a wrong network is told, and mended by one button", async ({ context }) => {
  const { page, wallet } = await pageOf(context, "agency");
  await signIn(page, "/works");
  await wallet.switchChain(1);
  await expect(page.getByRole("alert")).toContainText("Your wallet is on another network (chain 1)");
  wallet.rejectNext = true;
  await page.getByRole("button", { name: "Switch network" }).click();
  await expect(page.getByRole("alert")).toContainText("another network");
  await page.getByRole("button", { name: "Switch network" }).click();
  await expect(page.getByRole("alert")).toHaveCount(0);
});

test("another account in the wallet than the one signed in is told", async ({ context }) => {
  const { page, wallet } = await pageOf(context, "agency");
  await signIn(page, "/works");
  await wallet.switchAccount(stack.keys.imageUser);
  await expect(page.getByRole("alert")).toContainText("but your wallet is using");
  await page.getByRole("button", { name: "Sign in with this account" }).click();
  await expect(page.getByText("Drop photographs here")).toBeVisible();
});

test("who has too little CPY is told how much is missing, before anything is signed", async ({ context }) => {
  const { page, wallet } = await pageOf(context, "poor");
  await page.goto(`/portal/${stack.cases.poor.token}`);
  await connect(page, "Connect a wallet to pay");
  await page.getByRole("button", { name: /^Pay .* in CPY$/ }).click();
  await expect(page.getByRole("alert")).toContainText("You need 2,400 CPY; this account has 0. Nothing was sent.");
  expect(wallet.asked).not.toContain("eth_sendTransaction");
});

test("a reload in the middle of a payment loses nothing and pays once", async ({ context }) => {
  const { page, wallet } = await pageOf(context, "imageUser");
  const before = await cpyOf(wallet.address);
  await page.goto(`/portal/${stack.cases.reload.token}`);
  await connect(page, "Connect a wallet to pay");
  await node.request({ method: "evm_setAutomine", params: [false] } as never);
  try {
    await page.getByRole("button", { name: /^Pay .* in CPY$/ }).click();
    await expect(page.getByText("Waiting for the network to confirm…")).toBeVisible();
    await page.reload();
    await expect(page.getByRole("button", { name: /^Pay .* in CPY$/ })).toBeDisabled();
  } finally {
    await node.request({ method: "evm_setAutomine", params: [true] } as never);
    await node.request({ method: "evm_mine", params: [] } as never);
  }
  await expect(page.getByText(/^Done: Approve the payment/)).toBeVisible();
  const sent = (): number => wallet.asked.filter((method) => method === "eth_sendTransaction").length;
  expect(sent()).toBe(1);
  await page.getByRole("button", { name: /^Pay .* in CPY$/ }).click();
  await expect(page.getByRole("heading", { name: "This case is settled" })).toBeVisible();
  expect(sent()).toBe(2);
  expect(before - (await cpyOf(wallet.address))).toBe(2400n * 10n ** 18n);
});

test("an API that is down is told, and the page recovers by itself", async ({ context }) => {
  const { page } = await pageOf(context, "agency");
  await signIn(page, "/cases");
  await expect(page.getByRole("link", { name: /EUR/ }).first()).toBeVisible();
  await page.route("**/api/**", (route) => route.abort("connectionrefused"));
  await page.reload();
  await expect(page.getByRole("alert").first()).toContainText("The server is not responding. Nothing was lost");
  await page.unroute("**/api/**");
  await expect(page.getByRole("link", { name: /EUR/ }).first()).toBeVisible();
  await expect(page.getByRole("alert")).toHaveCount(0);
});

test("a judgement that did not reach the API is sent again", async ({ context }) => {
  const { page } = await pageOf(context, "agency");
  await signIn(page, "/inbox");
  const hit = await page.locator("article[data-hit]").getAttribute("data-hit");
  let refused = 0;
  await page.route("**/api/hits/*/mark", (route) =>
    refused++ < 2 ? route.abort("connectionrefused") : route.continue(),
  );
  await page.keyboard.press("u");
  await expect(page.locator("article[data-hit]")).not.toHaveAttribute("data-hit", hit!);
  await expect.poll(() => markOf(page, hit!)).toBe("unsure");
  await page.keyboard.press("z");
  await expect.poll(() => markOf(page, hit!)).toBeNull();
});

test("a judgement that hangs is shown as not saved within two seconds, and saved when the server is back", async ({
  context,
}) => {
  const { page } = await pageOf(context, "agency");
  await signIn(page, "/inbox");
  const hit = await page.locator("article[data-hit]").getAttribute("data-hit");
  let down = true;
  const held: Route[] = [];
  await page.route("**/api/hits/*/mark", (route) => (down ? void held.push(route) : route.continue()));
  await page.keyboard.press("u");
  await expect(page.getByText("Not saved yet, trying again:")).toBeVisible({ timeout: 2_500 });
  await page.getByRole("button", { name: /^Unsure \d+ \(1 not saved\)$/ }).click();
  await expect(page.getByText("Not saved yet", { exact: true })).toBeVisible();
  await shot(page, "14-not-saved");
  expect(await markOf(page, hit!)).toBeNull();
  // Leaving the inbox for another page of the app loses nothing.
  await page.getByRole("link", { name: "Cases" }).first().click();
  down = false;
  for (const route of held) await route.abort("connectionreset");
  await expect.poll(() => markOf(page, hit!)).toBe("unsure");
  await page.getByRole("link", { name: "Inbox" }).first().click();
  await expect(page.getByText("Not saved yet, trying again:")).toHaveCount(0);
  await page.getByRole("button", { name: /^Unsure \d+$/ }).click();
  await page.locator("article[data-hit]").waitFor();
  expect(
    (await page.request.post(`/api/hits/${hit}/mark`, { data: { mark: null }, headers: { Origin: stack.url } })).ok(),
  ).toBe(true);
});

test("a judgement that the API refuses is undone with a sentence", async ({ context }) => {
  const { page } = await pageOf(context, "agency");
  await signIn(page, "/inbox");
  const hit = await page.locator("article[data-hit]").getAttribute("data-hit");
  await page.route("**/api/hits/*/mark", (route) =>
    route.fulfill({ status: 409, json: { code: "claimed", message: "This hit is claimed already." } }),
  );
  await page.keyboard.press("a");
  await expect(page.getByText(/was not marked Allowed: This hit is claimed already\. Mark it again\./)).toBeVisible();
  await expect(page.getByRole("button", { name: "Allowed 0", exact: true })).toBeVisible();
  expect(await markOf(page, hit!)).toBeNull();
});

test("a server that says nothing is told on the works page within five seconds, and Retry asks anew", async ({
  context,
}) => {
  const { page } = await pageOf(context, "agency");
  await signIn(page, "/cases");
  await expect(page.getByRole("link", { name: /EUR/ }).first()).toBeVisible();
  let hangs = true;
  await page.route("**/api/works", (route) => (hangs ? undefined : route.continue()));
  await page.getByRole("link", { name: "Works" }).first().click();
  await expect(page.getByRole("alert")).toContainText("The server is not responding", { timeout: 5_000 });
  await shot(page, "15-server-silent");
  hangs = false;
  await page.getByRole("button", { name: "Retry" }).click();
  await expect(page.getByText("Registered", { exact: true }).first()).toBeVisible({ timeout: 5_000 });
  await expect(page.getByRole("alert")).toHaveCount(0);
});

test("filters that hide hits which wait do not say that all is reviewed", async ({ context }) => {
  const { page } = await pageOf(context, "agency");
  await signIn(page, "/inbox");
  const list = page.getByRole("list", { name: "Hits" }).getByRole("listitem");
  await list.first().waitFor();
  const waiting = await list.count();
  await page.getByLabel("Site").selectOption({ index: 1 });
  await page.getByLabel("Work").selectOption({ index: 1 });
  await page.locator("article[data-hit]").or(page.getByText("No hits match these filters")).first().waitFor();
  let judged = 0;
  for (; (await list.count()) > 0; judged++) await page.keyboard.press("x");
  await expect(page.getByText("No hits match these filters")).toBeVisible();
  await expect(page.getByText("All reviewed")).toHaveCount(0);
  await expect(page.getByText(new RegExp(`^${waiting - judged} hits? (is|are) hidden`))).toBeVisible();
  await shot(page, "16-filters");
  await page.getByRole("button", { name: "Clear filters" }).click();
  await expect(list).toHaveCount(waiting - judged);
  for (; judged > 0; judged--) await page.keyboard.press("z");
  await expect(list).toHaveCount(waiting);
});

test("a batch goes on by itself after a refusal, a reload and another browser, and no work is offered twice", async ({
  browser,
}) => {
  const context = await browser.newContext();
  const { page, wallet } = await pageOf(context, "agency");
  await signIn(page, "/works");
  const photos = [unseen(PHOTO), unseen(PHOTO)];
  await page.getByLabel("Photographs to add").setInputFiles(photos);
  const ready = page.getByText("Ready", { exact: true });
  const dated = page.getByText("Dated – certificate not collected yet");
  for (const { name } of photos) await page.getByLabel(`Select ${titleOf(name)}`).check();
  await expect(page.getByText("Fingerprinting…")).toHaveCount(0);
  const before = await ready.count();

  // The page is closed while the wallet asks.
  wallet.holdNext = true;
  await page.getByRole("button", { name: "Register 2 as a batch" }).click();
  await expect(page.getByText("Confirm in your wallet.")).toBeVisible();
  await expect(page.getByText("1 of 2", { exact: true })).toBeVisible();
  await page.reload();
  await expect(page.getByText("A batch of 2 works was not sent.")).toBeVisible();
  await page.getByRole("button", { name: "Continue" }).click();

  // The certificates are refused once, so that the flow stops in its middle.
  wallet.rejectAfter = 1;
  await page.getByRole("button", { name: "Register 2 as a batch" }).click();
  await expect(page.getByText("You declined the request in your wallet.")).toBeVisible();
  await expect(dated).toHaveCount(2);
  await expect(ready).toHaveCount(before - 2);
  const collect = page.getByRole("button", { name: "Collect 2 certificates" });
  await expect(collect).toBeInViewport();
  await expect(page.getByRole("checkbox")).toHaveCount(before - 2);
  await shot(page, "17-dated");

  // A browser that knows nothing of the draft shows the same.
  const elsewhere = await browser.newContext();
  const { page: other } = await pageOf(elsewhere, "agency");
  await signIn(other, "/works");
  await expect(other.getByText("Dated – certificate not collected yet")).toHaveCount(2);
  await expect(other.getByRole("checkbox")).toHaveCount(before - 2);
  await elsewhere.close();

  await page.reload();
  await collect.click();
  await expect(page.getByText("2 certificates collected. We are now looking for copies.")).toBeVisible();
  await expect(dated).toHaveCount(0);
  await expect(collect).toHaveCount(0);
  await context.close();
});

test("a fee is read as people write it, and what is none is told apart", async ({ context }) => {
  const { page } = await pageOf(context, "agency");
  await signIn(page, "/inbox");
  const hit = await page.locator("article[data-hit]").getAttribute("data-hit");
  await page.keyboard.press("n");
  await expect.poll(() => markOf(page, hit!)).toBe("not_licensed");
  await page.getByRole("button", { name: /^Not licensed \d+$/ }).click();
  const claim = page.getByRole("button", { name: "Claim this use" });
  const hits = page.getByRole("list", { name: "Hits" }).getByRole("button");
  for (let at = 0; at < (await hits.count()) && !(await claim.isVisible()); at++) await hits.nth(at).click();
  await claim.click();
  const fee = page.getByLabel("Your usual fee for this kind of use");
  await fee.fill("250,50");
  await expect(page.getByText("Demand: 250.50 EUR")).toBeVisible();
  await expect(page.getByRole("button", { name: "Create the claim" })).toBeEnabled();
  const make = page.getByRole("button", { name: "Create the claim" });
  for (const [written, sentence] of [
    ["0", "The demand must be greater than zero."],
    ["99999999999", "The demand can be at most 999,999,999.99 EUR."],
    ["1.005", "EUR has 2 decimal places."],
    ["about 250", "Enter an amount in digits, such as 250, 250.50 or 250,50"],
  ] as const) {
    await fee.fill(written);
    await expect(page.getByText(sentence)).toBeVisible();
    await expect(make).toBeDisabled();
  }
  await shot(page, "18-fee");
  await page.keyboard.press("Escape");
  await page.request.post(`/api/hits/${hit}/mark`, { data: { mark: null }, headers: { Origin: stack.url } });
});

test("files that are no pictures are refused by name, the others are taken", async ({ context }) => {
  const { page } = await pageOf(context, "agency");
  await signIn(page, "/works");
  const bad = { name: "notes.jpg", mimeType: "image/jpeg", buffer: Buffer.from("no picture at all") };
  const good = unseen(PHOTO);
  await page.getByLabel("Photographs to add").setInputFiles([bad, good]);
  await expect(page.getByText("1 file uploaded. 1 file rejected:")).toBeVisible();
  await expect(page.getByRole("listitem").filter({ hasText: "notes.jpg" })).toContainText(
    "not a picture in a supported format",
  );
  await page.getByLabel("Photographs to add").setInputFiles(good);
  await expect(page.getByRole("listitem").filter({ hasText: good.name })).toContainText(
    "You already uploaded this file",
  );
});

test("a work that nothing tells from others says so when it is sent", async ({ context }) => {
  const { page } = await pageOf(context, "agency");
  await signIn(page, "/works");
  const drawn = await page.evaluate(() => {
    const canvas = Object.assign(document.createElement("canvas"), { width: 600, height: 400 });
    const pen = canvas.getContext("2d");
    for (let at = 0; at < 600; at++) {
      const row = Math.floor(at / 30);
      pen?.fillRect(((at % 30) * 2 + (row % 2)) * 20, row * 20, 20, 20);
    }
    return canvas.toDataURL("image/png").split(",")[1] ?? "";
  });
  const file = { name: "tablecloth.png", mimeType: "image/png", buffer: Buffer.from(drawn, "base64") };
  await page.getByLabel("Photographs to add").setInputFiles(file);
  const card = page.getByRole("listitem").filter({ hasText: "Tablecloth" }).filter({ hasText: "Ready" });
  await expect(card).toContainText("Not monitored, because it");
  await card.getByRole("button").first().click();
  await expect(page.getByRole("dialog")).toContainText("we can’t find copies of it");
  await shot(page, "not-monitored");
});

test("a transfer is checked before it is sent", async ({ context }) => {
  const { page, wallet } = await pageOf(context, "imageUser");
  await page.goto("/token");
  await connect(page);
  const send = page.getByRole("button", { name: "Send", exact: true });
  await page.getByLabel("To", { exact: true }).fill("0x123");
  await expect(page.getByText("Enter the recipient’s address")).toBeVisible();
  await page.getByLabel("To", { exact: true }).fill(wallet.address);
  await expect(page.getByText("This is your own address.")).toBeVisible();
  await page.getByLabel("Amount in CPY").fill("1");
  await page.getByLabel("To", { exact: true }).fill(`0x${"0".repeat(40)}`);
  await expect(page.getByText("This is the zero address.")).toBeVisible();
  await expect(send).toBeDisabled();
  for (const [name, at] of Object.entries(await addresses())) {
    await page.getByLabel("To", { exact: true }).fill(at);
    const sentence = name === "CPYToken" ? "This is the CPY contract itself." : `This is CopyTrack’s contract ${name}.`;
    await expect(page.getByText(sentence)).toBeVisible();
    await expect(send).toBeDisabled();
  }
  await page.getByLabel("To", { exact: true }).fill("0x000000000000000000000000000000000000dEaD");
  await page.getByLabel("Amount in CPY").fill("99999999");
  await expect(page.getByText(/^This account has .* CPY\.$/)).toBeVisible();
  await expect(send).toBeDisabled();
  await page.getByLabel("Amount in CPY").fill("1.5");
  await send.click();
  await expect(page.getByText("Sent 1.5 CPY.")).toBeVisible();
  expect(await cpyOf("0x000000000000000000000000000000000000dEaD")).toBe(15n * 10n ** 17n);
});

test("who has no wallet sees the token’s supply and contract", async ({ page }) => {
  await page.goto("/token");
  await expect(page.getByRole("heading", { name: "CPY", exact: true, level: 1 })).toBeVisible();
  await expect(page.getByText(/^[\d,]+(\.\d+)? CPY$/)).toBeVisible();
  const { CPYToken } = await addresses();
  await expect(page.getByTitle(`Copy ${CPYToken}`)).toBeVisible();
  await expect(page.getByRole("button", { name: "Connect a wallet" })).toBeVisible();
  await expect(page.getByText("Your works, your hits, your cases")).toHaveCount(0);
});
