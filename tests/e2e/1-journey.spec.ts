/** The user's whole way: register → inbox → claim → portal → settle → release, read back from the chain. */
import { expect, test } from "@playwright/test";
import { createWalletClient, http, keccak256, parseEther, stringToBytes, type Hex } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { abis } from "../../frontend/src/chain/abis";
import { connect, pageOf, shot, signIn } from "./people";
import { addresses, chain, cpyOf, node, stack } from "./stack";

const CRAWL_MS = 240_000;
const DEMAND = "250.00";
const PRICE = parseEther("5000"); // 250.00 EUR at the local rate of 0.2 CPY a cent
const BOND = parseEther("10");

interface Registered {
  readonly work_id: Hex;
  readonly title: string;
  readonly registered_at: number | null;
}

test("from a photograph to a settled use", async ({ browser }) => {
  test.setTimeout(600_000);
  const context = await browser.newContext();
  const { page, wallet } = await pageOf(context, "photographer");
  const contracts = await addresses();

  await test.step("the front page leads to the works", async () => {
    await page.goto("/");
    await shot(page, "01-front-page");
    await page.getByRole("button", { name: "Framed" }).click();
    await expect(page.getByText(/matching points line up/)).toBeVisible();
    await page.getByRole("link", { name: "Register your works" }).click();
    await connect(page);
    await page.getByRole("button", { name: /^Sign in as/ }).click();
    await expect(page.getByText("Drop photographs here")).toBeVisible();
  });

  await test.step("photographs are sent, one is registered by itself", async () => {
    await page.getByLabel("Photographs to add").setInputFiles([...stack.photos]);
    await expect(page.getByText("Ready", { exact: true })).toHaveCount(stack.photos.length);
    await page.getByRole("checkbox").first().check();
    await shot(page, "02-works");
    await page.getByRole("button", { name: "Register", exact: true }).click();
    await expect(page.getByText("Registered", { exact: true })).toHaveCount(1);
  });

  await test.step("the others are registered as a batch, whose certificates are collected in the same flow", async () => {
    await page.getByRole("button", { name: /^Select all/ }).click();
    await page.getByRole("button", { name: /as a batch$/ }).click();
    await expect(page.getByText("2 certificates collected. We are now looking for copies.")).toBeVisible();
    await expect(page.getByText("Registered", { exact: true })).toHaveCount(stack.photos.length);
    await page
      .getByRole("button", { name: /^Open / })
      .first()
      .click();
    await page.getByRole("link", { name: "Public certificate" }).click();
    await expect(page.getByText("Owner and date confirmed on-chain")).toBeVisible();
    await shot(page, "03-certificate");
  });

  await test.step("the nodes find the copies, and each is judged by one key", async () => {
    await page.goto("/inbox");
    const expected = stack.photos.length * stack.copiesOfEach;
    await expect(page.getByRole("button", { name: `All ${expected}` })).toBeVisible({ timeout: CRAWL_MS });
    await expect(page.getByRole("list", { name: "Hits" }).getByRole("listitem")).toHaveCount(expected);
    await shot(page, "04-inbox");
    await page.keyboard.press("2");
    await expect(page.getByRole("slider")).toBeVisible();
    await shot(page, "05-slider");
    await page.keyboard.press("3");
    await shot(page, "06-difference");
    await page.keyboard.press("1");

    const current = page.locator("article[data-hit]");
    const first = await current.getAttribute("data-hit");
    await page.keyboard.press("a");
    await expect(current).not.toHaveAttribute("data-hit", first!);
    await expect(page.getByRole("button", { name: "Allowed 1", exact: true })).toBeVisible();
    await page.keyboard.press("z");
    await expect(current).toHaveAttribute("data-hit", first!);
    await expect(page.getByRole("button", { name: "Allowed 0", exact: true })).toBeVisible();
    await page.keyboard.press("n");
    await page.getByRole("button", { name: "Not licensed 1", exact: true }).click();
  });

  let code = "";
  let caseUrl = "";
  await test.step("the one that is not licensed is claimed, and the case opened by the holder's wallet", async () => {
    await page.getByRole("button", { name: "Claim this use" }).click();
    await expect(page.getByText("every byte matches the committee's report")).toBeVisible();
    await page.getByLabel("Your usual fee for this kind of use").fill(DEMAND);
    await shot(page, "07-claim");
    await page.getByRole("button", { name: "Create the claim" }).click();
    await page.getByRole("button", { name: `Open the case for ${DEMAND} EUR` }).click();
    await expect(page.getByRole("heading", { name: "Send the case to the image user" })).toBeVisible();
    code = (await page.locator("dd strong").innerText()).trim();
    expect(code).toMatch(/^[A-Z2-7]{6}$/);
    caseUrl = page.url();
    await shot(page, "08-case");
  });

  const visitor = await browser.newContext();
  const { page: letter, wallet: payer } = await pageOf(visitor, "imageUser");
  await test.step("the image user finds the case by its code, and verifies the evidence in the browser", async () => {
    await letter.goto("/");
    await letter.getByLabel("Code from the letter").fill(code.toLowerCase());
    await letter.getByRole("button", { name: "View the case" }).click();
    await expect(letter.getByRole("heading", { name: "Who owns the photograph" })).toBeVisible();
    await expect(letter.getByText(/asks for 250.00 EUR/)).toBeVisible();
    await shot(letter, "09-portal");
    await letter.getByRole("link", { name: "Verify in this browser" }).click();
    await expect(letter.getByText("Everything checks out")).toBeVisible();
    await expect(letter.getByText(/of 3 members of the committee signed this report/)).toBeVisible();
    await shot(letter, "10-verify");
    await letter.goBack();
  });

  const before = { payer: await cpyOf(payer.address), holder: await cpyOf(wallet.address) };
  await test.step("he pays in CPY and receives the release", async () => {
    await connect(letter, "Connect a wallet to pay");
    await letter.getByRole("button", { name: "Pay 250.00 EUR in CPY" }).click();
    await expect(letter.getByRole("heading", { name: "This case is settled" })).toBeVisible();
    await shot(letter, "11-settled");
    expect(before.payer - (await cpyOf(payer.address))).toBe(PRICE);
  });

  await test.step("the release stands on-chain", async () => {
    const portal = (await (await fetch(`${stack.url}/api${new URL(letter.url()).pathname}`)).json()) as {
      work_id: Hex;
      page_url: string;
    };
    const host = new URL(portal.page_url).hostname;
    const site = host.split(".").slice(-2).join(".");
    const hashes = [host, site].map((name) => keccak256(stringToBytes(name))) as [Hex, Hex];
    const now = (await node.getBlock()).timestamp;
    const covered = await node.readContract({
      address: contracts.LicenseLedger,
      abi: abis.LicenseLedger,
      functionName: "covered",
      args: [portal.work_id, ...hashes, now, now],
    });
    expect(covered).toBe(true);
  });

  await test.step("the holder fetches his part to the wei", async () => {
    await page.goto(caseUrl);
    const part = (PRICE * 70n) / 100n + BOND;
    await page
      .getByRole("button", { name: `Withdraw ${Number(part / 10n ** 18n).toLocaleString("en-US")} CPY` })
      .click();
    await expect(page.getByText("The CPY is in your wallet.")).toBeVisible();
    expect((await cpyOf(wallet.address)) - before.holder).toBe(part);
    await page.goto("/token");
    await expect(page.getByText("Ether for fees")).toBeVisible();
    await shot(page, "12-cpy");
  });

  await context.close();
  await visitor.close();
});

test("the built-in demonstration wallet signs in and pays without any extension, and says what it is", async ({
  page,
}) => {
  await page.goto("/works");
  await page.getByRole("button", { name: "Connect a wallet" }).click();
  await page.getByRole("button", { name: "Demonstration wallet" }).click();
  await expect(page.getByText(/Its keys are public and hold only play money/)).toBeVisible();
  await page.getByRole("button", { name: "Image user", exact: true }).click();
  await page.getByRole("button", { name: /^Sign in as/ }).click();
  await page.getByRole("button", { name: "Reject" }).click();
  await expect(page.getByText("You declined to sign. You are not signed in.")).toBeVisible();
  await page.getByRole("button", { name: /^Sign in as/ }).click();
  await page.getByRole("button", { name: "Confirm" }).click();
  await expect(page.getByText("Drop photographs here")).toBeVisible();
  await expect(page.getByRole("button", { name: /^Account/ })).toHaveText("Image user");

  const refused: string[] = [];
  page.on("response", (answer) => {
    if (answer.url().endsWith("/api/rpc") && answer.status() !== 200) refused.push(answer.request().postData() ?? "");
  });
  await page.getByRole("link", { name: "CPY" }).first().click();
  await page.getByLabel("To", { exact: true }).fill("0x000000000000000000000000000000000000bEEF");
  await page.getByLabel("Amount in CPY").fill("0.25");
  await page.getByRole("button", { name: "Send", exact: true }).click();
  await expect(page.getByText(/To 0x/)).toBeVisible();
  await page.getByRole("button", { name: "Confirm" }).click();
  await expect(page.getByText("Sent 0.25 CPY.")).toBeVisible();
  expect(await cpyOf("0x000000000000000000000000000000000000bEEF")).toBe(parseEther("0.25"));
  // The passage to the chain was asked for nothing that it does not pass on.
  expect(refused).toEqual([]);
});

test("all works are offered in one transaction, and the offer ends in another", async ({ context }) => {
  const { page } = await pageOf(context, "photographer");
  await signIn(page, "/works");
  await page.getByRole("button", { name: "Offer licences" }).click();
  const dialog = page.getByRole("dialog", { name: "Offer licences" });
  await dialog.getByLabel("What buyers may do").selectOption({ label: "Editorial" });
  const offer = dialog.getByRole("button", { name: "Offer all my works" });
  await expect(offer).toBeDisabled();
  await dialog.getByLabel("Price per licence").fill("45.50");
  await offer.click();
  await expect(page.getByText("Licences for all your works are now on offer.")).toBeVisible();
  const standing = dialog.getByRole("list", { name: "Current offers" });
  await expect(standing).toContainText("Editorial, 45.50 EUR");
  await shot(page, "offer");
  const id = await page.evaluate(async () => {
    const works = (await (await fetch("/api/works")).json()) as { registered_at: number | null; work_id: string }[];
    return works.find((work) => work.registered_at)!.work_id;
  });
  const certificate = await context.newPage();
  await certificate.goto(`/certificate/${id}`);
  await expect(certificate.getByText("45.50 EUR")).toBeVisible();
  await standing.getByRole("button", { name: "End the offer" }).click();
  await expect(page.getByText("The offer has ended. Licences already sold stay valid.")).toBeVisible();
  await expect(standing).toBeHidden();
});

test("what came in through a derived work is shared out and withdrawn", async ({ context }) => {
  const { page, wallet } = await pageOf(context, "photographer");
  await signIn(page, "/works");
  const works = await page.evaluate(async () => {
    const all = (await (await fetch("/api/works")).json()) as Registered[];
    return all.filter((work) => work.registered_at).sort((a, b) => a.registered_at! - b.registered_at!);
  });
  const [parent, derived] = [works[0]!, works[works.length - 1]!];
  await sellDerived(parent.work_id, derived.work_id, parseEther("8"));

  await page.getByRole("button", { name: `Open ${parent.title}` }).click();
  const dialog = page.getByRole("dialog", { name: parent.title });
  await shot(page, "income");
  await dialog.getByRole("button", { name: "Share out 2 CPY" }).click();
  await expect(page.getByText("Shared out. Withdraw your share on the CPY page.")).toBeVisible();
  await expect(dialog.getByText("through works derived from this one")).toBeHidden();
  const before = await cpyOf(wallet.address);
  await page.goto("/token");
  await shot(page, "earnings");
  await page.getByRole("button", { name: "Withdraw 8 CPY" }).click();
  await expect(page.getByText("The CPY is in your wallet.")).toBeVisible();
  expect((await cpyOf(wallet.address)) - before).toBe(parseEther("8"));
});

/** The photographer links the works, and the image user buys a licence of the derived one. */
async function sellDerived(parent: Hex, derived: Hex, price: bigint): Promise<void> {
  const at = await addresses();
  const client = (role: "photographer" | "imageUser") =>
    createWalletClient({ account: privateKeyToAccount(stack.keys[role]), chain, transport: http(stack.rpc) });
  const [seller, buyer] = [client("photographer"), client("imageUser")];
  const mined = async (hash: Promise<Hex>): Promise<void> => {
    const { status } = await node.waitForTransactionReceipt({ hash: await hash, pollingInterval: 100 });
    expect(status).toBe("success");
  };
  const registry = { address: at.WorkRegistry, abi: abis.WorkRegistry } as const;
  await mined(seller.writeContract({ ...registry, functionName: "linkDerivative", args: [derived, parent, 2500] }));
  const terms = keccak256(stringToBytes("terms"));
  const offer = {
    ...{ workId: derived, price, currency: "0x000000" as Hex, period: 86_400, grace: 0 },
    ...{ uses: 8, rights: 0, territories: 1n, termsHash: terms, nonce: BigInt(Date.now()) },
  } as const;
  await mined(
    seller.writeContract({ address: at.OfferBook, abi: abis.OfferBook, functionName: "create", args: [offer] }),
  );
  const token = { address: at.CPYToken, abi: abis.CPYToken } as const;
  await mined(buyer.writeContract({ ...token, functionName: "approve", args: [at.LicenseLedger, price] }));
  const purchase = { offer, licensee: buyer.account.address, endUser: terms, maxPrice: price };
  const ledger = { address: at.LicenseLedger, abi: abis.LicenseLedger } as const;
  await mined(buyer.writeContract({ ...ledger, functionName: "buy", args: [purchase] }));
}

test("signing out ends the session in every tab", async ({ context }) => {
  const { page } = await pageOf(context, "photographer");
  await signIn(page, "/works");
  await page.getByRole("button", { name: /^Account/ }).click();
  await page.getByRole("button", { name: "Sign out" }).click();
  await expect(page.getByRole("heading", { name: "Your works, your hits, your cases" })).toBeVisible();
  const other = await context.newPage();
  await other.goto("/inbox");
  await expect(other.getByRole("heading", { name: "Your works, your hits, your cases" })).toBeVisible();
});
