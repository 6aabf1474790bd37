/** The image user answers without an account, and the holder has to look at it. */
import { expect, test } from "@playwright/test";
import { pageOf, shot, signIn } from "./people";
import { stack } from "./stack";

const OBJECTION = "We bought this photograph from an agency in March, invoice 4711.";
const REASON = "The agency's list has no such sale; please send the invoice.";

test("a wrong code is told kindly", async ({ page }) => {
  await page.goto("/portal");
  await page.getByLabel("Code from the letter").fill("AAAAA1");
  await page.getByRole("button", { name: "View the case" }).click();
  await expect(page.getByRole("alert")).toContainText("There is no case with this code");
  await page.goto("/portal/not-a-token");
  await expect(page.getByRole("alert")).toContainText("This case does not exist");
});

test("before paying, the image user is told until when the release covers, and no title", async ({ page }) => {
  await page.goto(`/portal/${stack.cases.poor.token}`);
  const pay = page.locator("#pay");
  await expect(pay.getByText(/before your payment and for 30 days after it/)).toContainText(
    /If you pay today, it runs until \d{1,2} \w+ \d{4}\./,
  );
  await expect(
    pay.getByText(/^Take the picture down by then, or buy a licence if you want to keep it\./),
  ).toBeVisible();
  await shot(page, "19-pay");
  await expect(page.getByText(/^This photograph was found on/)).toBeVisible();
  const told = (await page.content()).toLowerCase();
  for (const title of ["kamele", "roebling"]) expect(told).not.toContain(title);
});

test("contesting is free, and the holder's answer is shown to both", async ({ page, browser }) => {
  await page.goto(`/portal/${stack.cases.contest.token}`);
  await page.getByLabel(/^A licence was bought elsewhere$/).check();
  await page.getByRole("button", { name: "Contest the claim", exact: true }).click();
  await expect(page.getByRole("alert")).toContainText("at least 20 characters");
  await page.getByLabel("In your own words").fill(OBJECTION);
  await page.getByRole("button", { name: "Contest the claim", exact: true }).click();
  await expect(page.getByRole("heading", { name: "Your answer is with the holder" })).toBeVisible();
  await expect(page.getByText(OBJECTION)).toBeVisible();
  await shot(page, "13-contested");

  const { page: holder } = await pageOf(await browser.newContext(), "agency");
  await signIn(holder, `/cases/${stack.cases.contest.id}`);
  await expect(holder.getByText(OBJECTION)).toBeVisible();
  await holder.getByLabel("Why you are keeping the claim").fill(REASON);
  await holder.getByRole("button", { name: "Keep the claim" }).click();
  await expect(holder.getByText("Claim kept")).toBeVisible();
  await expect(page.getByText(REASON)).toBeVisible();
  // The panel decides what the two cannot agree on; the operator's wallet brings the case before it.
  await page.getByRole("button", { name: "Ask the panel to decide" }).click();
  await expect(page.getByRole("heading", { name: "This case is before the panel" })).toBeVisible({ timeout: 20_000 });
  await expect(holder.getByText("Before the panel", { exact: true }).first()).toBeVisible({ timeout: 20_000 });
  // Only the holder is told what a silent panel means; to the accused it would be an invitation.
  await expect(holder.getByText(/If the panel does not rule in time, the case is dismissed/)).toBeVisible();
  await expect(page.getByText(/in time/)).toHaveCount(0);
  await shot(page, "13-panel");
  await holder.context().close();
});

test("a licence is checked on-chain at once; the holder withdraws, and nothing is asked any more", async ({
  page,
  browser,
}) => {
  await page.goto(`/portal/${stack.cases.licence.token}`);
  await page.getByLabel("Licence ID").fill(`0x${"99".repeat(32)}`);
  await page.getByRole("button", { name: "Check the licence" }).click();
  await expect(page.getByRole("alert")).toContainText("There is no licence with this ID");
  await page.getByLabel("Licence ID").fill(stack.cases.licence.licence!);
  await page.getByRole("button", { name: "Check the licence" }).click();
  await expect(page.getByText(/genuine and for this work, but names another end user/).first()).toBeVisible();

  const { page: holder } = await pageOf(await browser.newContext(), "agency");
  await signIn(holder, `/cases/${stack.cases.licence.id}`);
  await holder.getByRole("button", { name: "Withdraw the case" }).click();
  await holder.getByRole("dialog").getByRole("button", { name: "Withdraw the case", exact: true }).click();
  await expect(holder.getByText("The case has been withdrawn.")).toBeVisible();
  await expect(page.getByRole("heading", { name: "This case was withdrawn" })).toBeVisible();
  await expect(page.getByRole("button", { name: /^Pay/ })).toHaveCount(0);
  await holder.context().close();
});
