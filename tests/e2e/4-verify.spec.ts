/** Verifying in the browser: what is whole holds, what was changed is named. */
import { expect, test, type APIRequestContext, type Page } from "@playwright/test";
import { unseen } from "./people";
import { stack } from "./stack";

async function evidence(request: APIRequestContext): Promise<Buffer> {
  const answer = await request.get(`/api/portal/${stack.cases.poor.token}/package`);
  expect(answer.ok()).toBe(true);
  return answer.body();
}

async function drop(page: Page, name: string, buffer: Buffer): Promise<void> {
  await page.goto("/verify");
  await expect(page.getByRole("button", { name: "Choose a file" })).toBeEnabled();
  await page
    .getByLabel("Photograph or evidence package")
    .setInputFiles({ name, mimeType: "application/octet-stream", buffer });
}

test("a whole package holds, and shows what it contains", async ({ page, request }) => {
  await drop(page, "evidence.zip", await evidence(request));
  await expect(page.getByText("Everything checks out")).toBeVisible();
  await expect(page.locator("main li")).toHaveCount(11);
  await page.getByRole("button", { name: "Show the captured page" }).click();
  const shown = page.getByAltText("page.png from the evidence");
  await expect.poll(() => shown.evaluate((image: HTMLImageElement) => image.naturalWidth)).toBeGreaterThan(500);
});

test("one changed byte is found", async ({ page, request }) => {
  const data = await evidence(request);
  const at = Math.floor(data.length / 2);
  data[at] = data[at]! ^ 1;
  await drop(page, "changed.zip", data);
  await expect(page.getByText("Verification failed")).toBeVisible();
  await expect(page.locator("main li").last()).toContainText("bundle.car");
});

test("a dossier that was changed is found, and the line that fails says so", async ({ page, request }) => {
  const data = await evidence(request);
  const seen = data.indexOf('"seen_at": ') + 12;
  data[seen + 5] = data[seen + 5] === 0x31 ? 0x32 : 0x31;
  await drop(page, "changed.zip", data);
  await expect(page.getByText("Verification failed")).toBeVisible();
  await expect(page.locator("main li").filter({ hasText: "check failed" }).first()).toBeVisible();
});

test("a file that is no package, and a package cut off, are refused with the reason", async ({ page, request }) => {
  await drop(page, "other.zip", Buffer.from("PK\u0003\u0004 nothing"));
  await expect(page.getByText(/not an evidence package|An evidence package must contain/)).toBeVisible();
  const data = await evidence(request);
  await drop(page, "cut.zip", data.subarray(0, data.length / 2));
  await expect(page.getByText("Verification failed")).toBeVisible();
});

test("a photograph is looked up by its exact bytes", async ({ page }) => {
  const stranger = unseen(stack.photos[0]!);
  await drop(page, stranger.name, stranger.buffer);
  await expect(page.getByText("Not registered")).toBeVisible();
});
