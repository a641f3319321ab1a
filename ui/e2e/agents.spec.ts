/** An agent is made and changed, with what the model gets beside it. */

import { expect, test } from "./world";

test("an agent is made, tried on paper, saved and changed, and nobody is written over", async ({ page, server }) => {
  const name = `clerk-${Date.now()}`;
  await page.goto("/agents/new");
  await page.getByLabel("Name", { exact: false }).first().fill(name);
  await page.getByLabel("System prompt").fill("You file things.");
  // The assembled prompt and the tools follow what is typed.
  const beside = page.getByRole("main");
  await expect(beside).toContainText("You file things.");
  await page.getByRole("checkbox", { name: /Current time/ }).check();
  await expect(beside.getByText("get_current_time").first()).toBeVisible();
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page).toHaveURL(/\/agents\/agent_[0-9a-f]{32}$/);
  const id = page.url().split("/").at(-1) ?? "";
  const made = await server.call("GET", `/agents/${id}`);
  expect(made).toMatchObject({ name, system_prompt: "You file things.", capabilities: [{ ref: "current_time" }] });

  await page.getByLabel("System prompt").fill("You file things twice.");
  await page.keyboard.press("Control+s");
  await expect
    .poll(async () => (await server.call("GET", `/agents/${id}`)).system_prompt)
    .toBe("You file things twice.");

  // Somebody else was quicker: nothing of either is lost without a word.
  await page.getByLabel("System prompt").fill("Mine.");
  await server.call("PATCH", `/agents/${id}`, { system_prompt: "Theirs." });
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("Somebody changed this agent").first()).toBeVisible();
  expect((await server.call("GET", `/agents/${id}`)).system_prompt).toBe("Theirs.");
});

test("a mistake is told at its field", async ({ page, server }) => {
  const name = `taken-${Date.now()}`;
  await server.call("POST", "/agents", { name, system_prompt: "" });
  await page.goto("/agents/new");
  await page.getByLabel("Name", { exact: false }).first().fill(name);
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByRole("alert").first()).toBeVisible();
  await expect(page).toHaveURL(/\/agents\/new$/);
});
