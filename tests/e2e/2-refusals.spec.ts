/** What goes wrong: a sentence each, nothing lost, nothing done twice. */
import { expect, test } from "@playwright/test";
import { connect, pageOf, signIn, unseen } from "./people";
import { cpyOf, node, stack } from "./stack";

const PHOTO = stack.photos[0]!;

test("a rejection in the wallet is neutral, and the step can be done again", async ({ context }) => {
  const { page, wallet } = await pageOf(context, "agency");
  await signIn(page, "/works");
  await page.getByLabel("Photographs to add").setInputFiles(unseen(PHOTO));
  await page.getByRole("checkbox").first().check();
  wallet.rejectNext = true;
  await page.getByRole("button", { name: "Register", exact: true }).click();
  await expect(page.getByText("You declined in the wallet. Nothing was sent.")).toBeVisible();
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
  await expect(page.getByRole("alert")).toContainText("but the wallet uses");
  await page.getByRole("button", { name: "Sign in with this account" }).click();
  await expect(page.getByText("Drop photographs here")).toBeVisible();
});

test("who has too little CPY is told how much is missing, before anything is signed", async ({ context }) => {
  const { page, wallet } = await pageOf(context, "poor");
  await page.goto(`/portal/${stack.cases.poor.token}`);
  await connect(page, "Connect a wallet to pay");
  await page.getByRole("button", { name: /^Pay .* in CPY$/ }).click();
  await expect(page.getByRole("alert")).toContainText("2400 CPY are needed, and this account has 0. Nothing was sent.");
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
    await expect(page.getByText("Waiting for the chain …")).toBeVisible();
    await page.reload();
    await expect(page.getByRole("button", { name: /^Pay .* in CPY$/ })).toBeDisabled();
  } finally {
    await node.request({ method: "evm_setAutomine", params: [true] } as never);
    await node.request({ method: "evm_mine", params: [] } as never);
  }
  await expect(page.getByText(/^Done: Allow the payment/)).toBeVisible();
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
  await expect(page.getByRole("alert").first()).toContainText("CopyTrack does not answer. Nothing was lost");
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
  await expect
    .poll(async () => ((await (await page.request.get(`/api/hits/${hit}`)).json()) as { mark: string | null }).mark)
    .toBe("unsure");
  await page.keyboard.press("z");
  await expect
    .poll(async () => ((await (await page.request.get(`/api/hits/${hit}`)).json()) as { mark: string | null }).mark)
    .toBeNull();
});

test("files that are no pictures are refused by name, the others are taken", async ({ context }) => {
  const { page } = await pageOf(context, "agency");
  await signIn(page, "/works");
  const bad = { name: "notes.jpg", mimeType: "image/jpeg", buffer: Buffer.from("no picture at all") };
  const good = unseen(PHOTO);
  await page.getByLabel("Photographs to add").setInputFiles([bad, good]);
  await expect(page.getByText("1 file sent. 1 file refused:")).toBeVisible();
  await expect(page.getByRole("listitem").filter({ hasText: "notes.jpg" })).toContainText(
    "not a picture in a known format",
  );
  await page.getByLabel("Photographs to add").setInputFiles(good);
  await expect(page.getByRole("listitem").filter({ hasText: good.name })).toContainText(
    "You uploaded this file already",
  );
});

test("a transfer is checked before it is sent", async ({ context }) => {
  const { page, wallet } = await pageOf(context, "imageUser");
  await signIn(page, "/token");
  const send = page.getByRole("button", { name: "Send", exact: true });
  await page.getByLabel("To", { exact: true }).fill("0x123");
  await expect(page.getByText("Enter the receiver’s address")).toBeVisible();
  await page.getByLabel("To", { exact: true }).fill(wallet.address);
  await expect(page.getByText("This is your own address.")).toBeVisible();
  await page.getByLabel("To", { exact: true }).fill("0x000000000000000000000000000000000000dEaD");
  await page.getByLabel("Amount in CPY").fill("99999999");
  await expect(page.getByText(/^This account has .* CPY\.$/)).toBeVisible();
  await expect(send).toBeDisabled();
  await page.getByLabel("Amount in CPY").fill("1.5");
  await send.click();
  await expect(page.getByText("1.5 CPY were sent.")).toBeVisible();
  expect(await cpyOf("0x000000000000000000000000000000000000dEaD")).toBe(15n * 10n ** 17n);
});
