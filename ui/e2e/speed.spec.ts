/** How fast the page is, and how much it takes to load it: reported, and held to the budgets of its issue. */

import type { Request } from "@playwright/test";

import { expect, test, thread, write } from "./world";

test("the first paint and the first script are small", async ({ browser, server }) => {
  const session = await server.session({ model_id: "llmsim/echo" });
  await server.ask(session, "Hello **there**");
  for (const path of ["/", "/chat", `/sessions/${session}`]) {
    // A browser of its own, which has seen nothing yet.
    const context = await browser.newContext({ baseURL: server.url });
    const page = await context.newPage();
    const scripts: Request[] = [];
    page.on("requestfinished", (request) => request.resourceType() === "script" && scripts.push(request));
    await page.goto(path);
    await expect(page.getByRole("main")).not.toBeEmpty();
    if (path.includes(session))
      await expect(thread(page).getByRole("article", { name: "Agent" })).toContainText("there");
    const painted = () =>
      page.evaluate(() => performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? NaN);
    await expect.poll(painted).toBeGreaterThan(0);
    const paint = await painted();
    const sizes = await Promise.all(scripts.map(async (request) => (await request.sizes()).responseBodySize));
    const bytes = sizes.reduce((sum, size) => sum + size, 0);
    const where = path.replace(session, "…");
    console.log(
      `${where}: first contentful paint ${Math.round(paint)} ms, ${sizes.length} scripts of ${Math.round(bytes / 1024)} KiB compressed`,
    );
    expect(paint).toBeLessThanOrEqual(800);
    expect(bytes).toBeLessThanOrEqual(300 * 1024);
    await context.close();
  }
});

test("a word is on the screen soon after its frame", async ({ page, server }) => {
  const session = await server.session({ model_id: "llmsim/echo?token_ms=10" });
  // Notes when a piece of the stream comes in, and when its last word is drawn.
  await page.addInitScript(() => {
    const came: [string, number][] = [];
    const waits: number[] = [];
    Object.assign(window, { waits });
    const read = Object.getOwnPropertyDescriptor(ReadableStreamDefaultReader.prototype, "read")?.value as () => Promise<
      ReadableStreamReadResult<unknown>
    >;
    ReadableStreamDefaultReader.prototype.read = async function () {
      const result = await read.call(this);
      const text = typeof result.value === "string" ? result.value : "";
      const word = [...text.matchAll(/"accumulated":"(?:[^"]* )?(word\d+) ?"/g)].at(-1)?.[1];
      if (word) came.push([word, performance.now()]);
      return result;
    };
    const look = () => {
      const shown =
        document.querySelector('[role="log"] article:last-of-type')?.parentElement?.parentElement?.textContent ?? "";
      while (came[0] && shown.includes(came[0][0])) waits.push(performance.now() - (came.shift()?.[1] ?? 0));
      requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  });
  await page.goto(`/sessions/${session}`);
  await write(page, Array.from({ length: 400 }, (_, number) => `word${number}`).join(" "));
  await expect(thread(page)).toContainText("Done", { timeout: 20_000 });
  const waits = (await page.evaluate(() => (window as unknown as { waits: number[] }).waits)).sort(
    (one, other) => one - other,
  );
  const at = (share: number) => Math.round(waits[Math.min(waits.length - 1, Math.floor(waits.length * share))] ?? NaN);
  console.log(
    `frame to pixel over ${waits.length} frames: median ${at(0.5)} ms, 95 % ${at(0.95)} ms, longest ${at(1)} ms`,
  );
  expect(waits.length).toBeGreaterThan(20);
  expect(at(0.95)).toBeLessThanOrEqual(50);
});
