/** A server that asks for keys: nothing is shown without one, and no script ever sees it. */

import { createServer } from "node:http";

import { expect, test } from "./world";

const url = process.env.EVERRUNS_KEYS_URL ?? "";
const key = process.env.EVERRUNS_KEY ?? "";

test.skip(url === "", "EVERRUNS_KEYS_URL names no server that asks for keys");

test("a person signs in with a key, comes back to where it was, and signs out", async ({ page, context }) => {
  await page.goto(`${url}/sessions`);
  await expect(page).toHaveURL(/\/sign-in\?to=/);
  await page.getByLabel("Key", { exact: true }).fill("evr_pat_wrong");
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByRole("alert")).toContainText("does not know this key");
  await page.getByLabel("Key", { exact: true }).fill(` ${key} `);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page).toHaveURL(`${url}/sessions`);
  await expect(page.getByRole("button", { name: /Sign out/ })).toBeVisible();

  const kept = await context.cookies();
  expect(kept).toMatchObject([{ name: "everruns_key", httpOnly: true, sameSite: "Strict", expires: -1 }]);
  const seen = await page.evaluate(() =>
    [document.cookie, location.href, JSON.stringify(localStorage), JSON.stringify(sessionStorage)].join(),
  );
  expect(seen).not.toContain(key.slice(8));

  await page.goto(`${url}/chat`);
  await page.getByLabel("Message", { exact: true }).fill("Hello");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/sessions\/session_/);
  await expect(page.getByRole("log")).toContainText("Hello");

  await page.getByRole("button", { name: /Sign out/ }).click();
  await expect(page).toHaveURL(/\/sign-in/);
  expect(await context.cookies()).toEqual([]);
  await page.goto(`${url}/agents`);
  await expect(page).toHaveURL(/\/sign-in\?to=/);
});

test("a page of somebody else cannot use the key", async ({ page, context }) => {
  await context.addCookies([{ name: "everruns_key", value: key, url, httpOnly: true, sameSite: "Strict" }]);
  await page.goto(`${url}/agents`);
  await expect(page).toHaveURL(`${url}/agents`);
  const elsewhere = createServer((_, answer) => answer.setHeader("content-type", "text/html").end("<p>Elsewhere"));
  await new Promise<void>((ready) => elsewhere.listen(0, "127.0.0.1", ready));
  const address = elsewhere.address();
  const port = typeof address === "object" ? address?.port : undefined;
  // Another site, and another service on the same host, which counts as the same site.
  for (const host of ["localhost", "127.0.0.1"]) {
    await page.goto(`http://${host}:${port}/`);
    await page.evaluate(async (at) => {
      const body = JSON.stringify({ name: "forged", system_prompt: "" });
      await fetch(`${at}/v1/agents`, { method: "POST", mode: "no-cors", credentials: "include", body });
    }, url);
  }
  elsewhere.close();
  const agents = await fetch(`${url}/v1/agents?search=forged`, { headers: { authorization: key } });
  expect(((await agents.json()) as { total: number }).total).toBe(0);
});
