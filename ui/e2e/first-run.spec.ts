/** A server that nobody has used yet: three steps lead to an agent that answers. */

import { expect, test, thread } from "./world";

const url = process.env.EVERRUNS_FIRST_URL ?? "";

test.skip(url === "", "EVERRUNS_FIRST_URL names no server that is new");

test("three steps lead from a new server to an agent that answers a program", async ({ page }) => {
  await page.goto(url);
  const steps = page.getByRole("region", { name: "Three steps" });
  await expect(steps).toBeVisible();
  await page.getByRole("button", { name: "Say hello to the built-in model" }).click();
  const begun = Date.now();
  await expect(thread(page).getByRole("article", { name: "Agent" })).toContainText("Everruns");
  console.log(`first run: the first words of the reply ${Date.now() - begun} ms after the click`);

  await page.goto(url);
  await expect(steps.getByRole("heading", { name: "Say hello (done)" })).toBeVisible();
  await steps.getByRole("link", { name: "Make an agent" }).click();
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page).toHaveURL(/\/agents\/agent_[0-9a-f]{32}$/);

  await page.goto(url);
  await expect(steps.getByRole("heading", { name: "Make your first agent (done)" })).toBeVisible();
  await expect(steps.getByRole("figure").filter({ hasText: "everruns_sdk" })).toContainText(url);
  await page.getByRole("button", { name: "Hide these steps" }).click();
  await page.reload();
  await expect(page.getByRole("heading", { name: "Right now" })).toBeVisible();
  await expect(steps).toHaveCount(0);
});
