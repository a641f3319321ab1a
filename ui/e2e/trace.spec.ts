/** A trace, as those have it who want to know what a turn did. */

import type { Page } from "@playwright/test";

import { Proxy } from "./proxy";
import { expect, test } from "./world";

const TOOLS = [{ ref: "current_time" }];

/** The rows of the waterfall. */
function rows(page: Page) {
  return page.getByRole("list", { name: "Steps of the turn" }).getByRole("button", { expanded: false });
}

test("a turn is a waterfall of its model calls and tools, and each row opens", async ({ page, server }) => {
  const session = await server.session({
    model_id: "llmsim/tool?text=Let%20me%20look.&count=2&latency=fast",
    capabilities: TOOLS,
  });
  await server.ask(session, "What time is it?");
  await page.goto(`/sessions/${session}/trace`);
  await expect(rows(page)).toHaveCount(6);
  await expect(rows(page)).toHaveText([
    /^Turn/,
    /^Model call 1/,
    /^Tools \(2\)/,
    /^Get current time/,
    /^Get current time/,
    /^Model call 2/,
  ]);
  await rows(page).nth(1).click();
  await page.getByText("Request", { exact: true }).click();
  await expect(page.getByText("What time is it?").last()).toBeVisible();
  await page.getByText("llm.generation").click();
  await expect(page.getByText('"finish_reasons"')).toBeVisible();
});

test("a failed turn says why and what to do, and leads to the event", async ({ page, server }) => {
  const session = await server.session({ model_id: "llmsim/error?kind=auth" });
  await server.ask(session, "Try it");
  await page.goto(`/sessions/${session}/trace`);
  await expect(page.getByText("its key or its address is wrong")).toBeVisible();
  await expect(page.getByText("What to do:")).toBeVisible();
  await page.getByRole("link", { name: "Go to the failed step" }).click();
  await expect(page).toHaveURL(/turn=turn_[0-9a-f]{32}&event=\d+$/);
  await expect(page.getByText('"success"')).toBeInViewport();
  // The link alone, as somebody else gets it, also without the turn.
  const event = new URL(page.url()).searchParams.get("event");
  await page.goto(`/sessions/${session}/trace?event=${event}`);
  await expect(page.getByText('"success"')).toBeInViewport();
  await page.goto(`/sessions/${session}/trace?event=9999`);
  await expect(page.getByText("Nothing there")).toBeVisible();
});

test("a piece of text is linked to like any event", async ({ page, server }) => {
  const session = await server.session({ model_id: "llmsim/lorem?tokens=40&latency=fast" });
  await server.ask(session, "Talk");
  await page.goto(`/sessions/${session}/trace?event=8`);
  await expect(page.getByText('"accumulated"')).toBeInViewport();
});

test("rows are found by words, kind and status, and walked by keys", async ({ page, server }) => {
  const session = await server.session({ model_id: "llmsim/tool?count=3", capabilities: TOOLS });
  await server.ask(session, "What time is it?");
  await page.goto(`/sessions/${session}/trace`);
  await expect(rows(page)).toHaveCount(7);
  await rows(page).first().focus();
  await page.keyboard.press("ArrowDown");
  await expect(rows(page).nth(1)).toBeFocused();
  await page.keyboard.press("End");
  await page.keyboard.press("Enter");
  await expect(page.getByText("reason.completed")).toBeVisible();
  await page.keyboard.press("ArrowLeft");
  await expect(page.getByText("reason.completed")).toHaveCount(0);
  await page.keyboard.press("f");
  await page.keyboard.type("no such words");
  await expect(page.getByText("Nothing matches")).toBeVisible();
  await expect(page).toHaveURL(/q=no/);
  await page.getByRole("button", { name: "Show all" }).click();
  await expect(rows(page)).toHaveCount(7);
  await page.getByLabel("Kind").selectOption("Model calls");
  await expect(rows(page)).toHaveCount(3);
});

test("it is live, a lost connection shows, and the turn goes on", async ({ page, server }) => {
  const proxy = await Proxy.to(server.url);
  const session = await server.session({ model_id: "llmsim/lorem?tokens=150&latency=slow" });
  await page.goto(`${proxy.url}/sessions/${session}/trace`);
  await expect(page.getByText("No turn yet")).toBeVisible();
  await server.say(session, "Talk");
  await expect(rows(page).first()).toContainText("runs");
  proxy.cut();
  await expect(page.getByText("The connection is lost")).toBeVisible();
  proxy.mend();
  await expect(page.getByText("The connection is lost")).toHaveCount(0, { timeout: 20_000 });
  await expect(rows(page).first()).not.toContainText("runs");
  await rows(page).first().click();
  await expect(page.getByText("this page had no connection for")).toBeVisible();
  await expect(page.getByText("turn.completed")).toBeVisible();
  proxy.close();
});
