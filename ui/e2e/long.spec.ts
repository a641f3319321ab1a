/** A session with a long history opens at its end at once, and scrolls through all of it. */

import { expect, test, thread } from "./world";

const EVENTS = 10_000;
/** Each message of this session makes some eleven events. */
const MESSAGES = 920;

test("10,000 events open at once and scroll smoothly", async ({ page, server }) => {
  test.setTimeout(300_000);
  const session = await server.session({ model_id: "llmsim/echo" });
  for (let number = 0; number < MESSAGES; number++)
    await server.ask(session, `Message number ${number}, **with** a few words.`);
  const summary = await server.call("GET", `/sessions/${session}/events/summary`);
  expect(Number(summary.total)).toBeGreaterThanOrEqual(EVENTS);

  const begun = Date.now();
  await page.goto(`/sessions/${session}`);
  await expect(thread(page)).toContainText(`Message number ${MESSAGES - 1},`);
  console.log(`${summary.total} events: the newest is shown ${Date.now() - begun} ms after the address was entered`);

  // Up to the very first message, as a wheel does it, and how long each frame takes meanwhile.
  await page.evaluate(() => {
    const frames: number[] = [];
    let last = performance.now();
    const note = (now: number) => {
      frames.push(now - last);
      last = now;
      requestAnimationFrame(note);
    };
    requestAnimationFrame(note);
    Object.assign(window, { frames });
  });
  await thread(page).hover();
  await expect(async () => {
    for (let time = 0; time < 30; time++) await page.mouse.wheel(0, -3000);
    await expect(thread(page)).toContainText("Message number 0,", { timeout: 50 });
  }).toPass({ timeout: 120_000 });
  const frames = await page.evaluate(() =>
    (window as unknown as { frames: number[] }).frames.sort((one, other) => one - other),
  );
  const at = (share: number) => Math.round(frames[Math.floor(frames.length * share)] ?? 0);
  console.log(
    `${frames.length} frames while scrolling: median ${at(0.5)} ms, 95 % ${at(0.95)} ms, longest ${at(0.9999)} ms`,
  );
  expect(await thread(page).locator("article").count(), "rows that are drawn").toBeLessThan(100);

  await page.getByRole("button", { name: "To the newest message" }).click();
  await expect(thread(page)).toContainText(`Message number ${MESSAGES - 1},`);
});
