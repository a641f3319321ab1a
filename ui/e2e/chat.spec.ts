/** A chat, as people have it. */

import { Proxy } from "./proxy";
import { expect, test, thread, write } from "./world";

/** Words that all differ, so that a lost or doubled one shows. */
function words(count: number): string {
  return Array.from({ length: count }, (_, number) => `word${number}`).join(" ");
}

/** A model that says again what it was told, a word each so many milliseconds. */
function slowEcho(ms: number): string {
  return `llmsim/echo?token_ms=${ms}`;
}

test("a first message opens a session and the answer streams in", async ({ page }) => {
  await page.goto("/chat");
  await write(page, "Hello");
  await expect(page).toHaveURL(/\/sessions\/session_[0-9a-f]{32}$/);
  await expect(thread(page)).toContainText("Hello");
  await expect(thread(page)).toContainText("Everruns runs AI agents");
  await expect(thread(page)).toContainText("Done");
  await expect(page.getByText("at rest")).toBeVisible();
});

test("a page that is reloaded in the middle of an answer goes on", async ({ page, server }) => {
  const session = await server.session({ model_id: slowEcho(30) });
  await page.goto(`/sessions/${session}`);
  await write(page, words(150));
  await expect(thread(page).getByRole("article", { name: "Agent" })).toContainText("word20 ");
  const answer = thread(page).getByRole("article", { name: "Agent" });
  await expect(answer).toHaveAttribute("aria-busy", "true");
  for (let time = 0; time < 3; time++) {
    await page.reload();
    await expect(answer).toContainText("word2 ");
  }
  await expect(thread(page)).toContainText("Done");
  await expect(answer).toHaveCount(1);
  await expect(answer).toContainText(words(150));
});

test("a connection that is cut is made again, and nothing is missing", async ({ page, server }) => {
  const proxy = await Proxy.to(server.url);
  const session = await server.session({ model_id: slowEcho(25) });
  await page.goto(`${proxy.url}/sessions/${session}`);
  await write(page, words(120));
  await expect(thread(page).getByRole("article", { name: "Agent" })).toContainText("word10 ");
  proxy.cut();
  await expect(page.getByRole("status").filter({ hasText: "The connection is lost" })).toBeVisible();
  proxy.mend();
  await expect(thread(page)).toContainText("Done");
  await expect(thread(page).getByRole("article", { name: "Agent" })).toContainText(words(120));
  await expect(page.getByText("The connection is lost")).toHaveCount(0);
  proxy.close();
});

test("a tool is a card with its arguments, its result and its time", async ({ page, server }) => {
  const session = await server.session({
    model_id: "llmsim/tool?text=Let%20me%20look.",
    capabilities: [{ ref: "current_time" }],
  });
  await page.goto(`/sessions/${session}`);
  await write(page, "What time is it?");
  await expect(thread(page)).toContainText("Result:");
  const card = thread(page).locator("details");
  await expect(card).toContainText("done");
  await card.locator("summary").click();
  await expect(card).toContainText("No arguments");
  await expect(card).toContainText(/20\d\d-\d\d-\d\d/);
});

test("a call that nobody answers is answered by hand", async ({ page, server }) => {
  const tool = { name: "get_weather", description: "The weather.", parameters: { type: "object" } };
  const session = await server.session({ model_id: "llmsim/tool?name=get_weather", tools: [tool] });
  await page.goto(`/sessions/${session}`);
  await write(page, "Weather?");
  await expect(page.getByText("waits for you")).toBeVisible();
  await page.getByPlaceholder("Result, as text or JSON").fill('{"sky": "blue"}');
  await page.getByRole("button", { name: "Answer", exact: true }).click();
  await expect(thread(page)).toContainText("Done");
  await expect(thread(page)).toContainText("blue");
});

test("stop ends the turn and what was said stays", async ({ page, server }) => {
  const session = await server.session({ model_id: slowEcho(50) });
  await page.goto(`/sessions/${session}`);
  await write(page, words(400));
  const answer = thread(page).getByRole("article", { name: "Agent" });
  await expect(answer).toContainText("word5 ");
  await page.getByRole("button", { name: "Stop" }).click();
  await expect(thread(page)).toContainText("Stopped");
  await expect(answer).toContainText("word5 ");
  await expect(thread(page)).not.toContainText("User requested to cancel");
  await write(page, "Still there?");
  await expect(thread(page)).toContainText("Done", { timeout: 20_000 });
});

test("a message meanwhile steers, and one that is queued waits for its turn", async ({ page, server }) => {
  const session = await server.session({ model_id: slowEcho(25) });
  await page.goto(`/sessions/${session}`);
  await write(page, words(80));
  await expect(thread(page).getByRole("article", { name: "Agent" })).toContainText("word3 ");
  await write(page, "Steered now");
  await expect(thread(page)).toContainText("not read yet");
  await page.getByLabel("While the agent works").selectOption("queue");
  await write(page, "Queued now");
  await expect(thread(page)).toContainText("queued");
  await expect(thread(page).getByText("Done")).toHaveCount(2, { timeout: 20_000 });
  await expect(thread(page)).toContainText("read on the way");
  const said = await thread(page).getByRole("article").allInnerTexts();
  const shown = said.map((text) => text.split("\n")[0]);
  expect(shown.slice(1)).toEqual([words(80), "Steered now", "Steered now", "Queued now", "Queued now"]);
});

test("a fork goes on from where it was made, with the words to be said anew", async ({ page, server }) => {
  const session = await server.session({ model_id: "llmsim/echo" });
  await server.ask(session, "First");
  await server.ask(session, "Second");
  await page.goto(`/sessions/${session}`);
  const second = thread(page).getByRole("article", { name: "You" }).last();
  await second.getByRole("button", { name: "Edit in a fork" }).click();
  await expect(page).not.toHaveURL(new RegExp(session));
  await expect(page.getByLabel("Message", { exact: true })).toHaveValue("Second");
  await expect(thread(page)).toContainText("First");
  await expect(thread(page)).not.toContainText("Second");
  await write(page, "Another second");
  await expect(thread(page).getByRole("article", { name: "Agent" }).last()).toContainText("Another second");
});

test("a turn that fails says why and leads to its trace", async ({ page, server }) => {
  const session = await server.session({ model_id: "llmsim/error?kind=auth" });
  await page.goto(`/sessions/${session}`);
  await write(page, "Fail");
  await expect(thread(page)).toContainText("provider_misconfigured");
  await expect(thread(page)).toContainText("The turn failed");
  await expect(thread(page).getByRole("button", { name: "Ask again" })).toBeVisible();
  await thread(page).getByRole("link", { name: "Trace" }).click();
  await expect(page).toHaveURL(/\/trace\?turn=turn_/);
});

test("an image that is pasted is shown", async ({ page, server }) => {
  const session = await server.session({ model_id: "llmsim/echo" });
  await page.goto(`/sessions/${session}`);
  await page.getByLabel("Message", { exact: true }).evaluate(async (field) => {
    const canvas = Object.assign(document.createElement("canvas"), { width: 40, height: 30 });
    canvas.getContext("2d")?.fillRect(5, 5, 20, 20);
    const blob = await new Promise<Blob | null>((made) => canvas.toBlob(made));
    const data = new DataTransfer();
    data.items.add(new File([blob ?? new Blob()], "dot.png", { type: "image/png" }));
    field.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true }));
  });
  await expect(page.getByRole("button", { name: "Remove dot.png" })).toBeVisible();
  await write(page, "Look");
  const image = thread(page).getByRole("img", { name: "dot.png" });
  await expect(image).toBeVisible();
  expect(await image.evaluate((shown: HTMLImageElement) => shown.naturalWidth)).toBe(40);
});

test("a draft outlives a reload", async ({ page, server }) => {
  const session = await server.session();
  await page.goto(`/sessions/${session}`);
  await page.getByLabel("Message", { exact: true }).fill("Not sent yet");
  await page.reload();
  await expect(page.getByLabel("Message", { exact: true })).toHaveValue("Not sent yet");
});

test("a session is renamed, and deleted when the warning is confirmed", async ({ page, server }) => {
  const session = await server.session({ model_id: "llmsim/echo", title: "Before" });
  await page.goto(`/sessions/${session}`);
  const menu = page.getByLabel("More about this session");
  await menu.click();
  await page.getByRole("button", { name: "Rename" }).click();
  await page.getByLabel("Title").fill("After");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: "After" })).toBeVisible();
  await menu.click();
  const exported = page.waitForEvent("download");
  await page.getByRole("link", { name: "Export as JSON lines" }).click();
  expect((await exported).suggestedFilename()).toBe(`${session}.jsonl`);
  await menu.click();
  await page.getByRole("button", { name: "Delete" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await expect(page).toHaveURL(/\/sessions$/);
  const gone = await fetch(`${server.url}/v1/sessions/${session}`);
  expect(gone.status).toBe(404);
});
