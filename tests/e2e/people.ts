/** What people do in the app, step by step, in the words of the screen. */
import { randomUUID } from "node:crypto";
import { mkdirSync, readFileSync } from "node:fs";
import { expect, type BrowserContext, type Page } from "@playwright/test";
import { stack } from "./stack";
import { TestWallet, WALLET_NAME } from "./wallet";

export type Role = keyof typeof stack.keys;

export const WIDE = { width: 1280, height: 800 };
export const NARROW = { width: 360, height: 740 };

/** A page with a wallet, as this role. */
export async function pageOf(context: BrowserContext, role: Role): Promise<{ page: Page; wallet: TestWallet }> {
  const page = await context.newPage();
  await page.setViewportSize(WIDE);
  const wallet = await TestWallet.in(page, stack.keys[role]);
  return { page, wallet };
}

export async function connect(page: Page, button = "Connect a wallet"): Promise<void> {
  await page.getByRole("button", { name: button }).first().click();
  await page.getByRole("dialog").getByRole("button", { name: WALLET_NAME }).click();
}

/** Connects the wallet and signs in, on the page at `path`. */
export async function signIn(page: Page, path: string): Promise<void> {
  await page.goto(path);
  await connect(page);
  await page.getByRole("button", { name: /^Sign in as/ }).click();
  await expect(page.getByRole("button", { name: /^Sign in as/ })).toHaveCount(0);
}

/** A photograph with other bytes than any file before: another content hash. */
export function unseen(photo: string): { name: string; mimeType: string; buffer: Buffer } {
  const buffer = Buffer.concat([readFileSync(photo), Buffer.from(randomUUID())]);
  return { name: `unseen-${randomUUID().slice(0, 8)}.jpg`, mimeType: "image/jpeg", buffer };
}

/** A picture of this step at both widths, where the walk is being photographed (SCREENSHOTS names the folder). */
export async function shot(page: Page, name: string): Promise<void> {
  const folder = process.env.SCREENSHOTS;
  if (!folder) return;
  mkdirSync(folder, { recursive: true });
  for (const size of [NARROW, WIDE]) {
    await page.setViewportSize(size);
    await page.waitForTimeout(500);
    await page.screenshot({ path: `${folder}/${name}-${size.width}.png` });
  }
}
