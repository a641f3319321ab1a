/** What agents, tools and people say is never more than text: none of these strings runs. */

import { expect, test, thread, type Server } from "./world-of-hostility";

test("nothing that is said runs", async ({ page, server, hostile }) => {
  test.setTimeout(240_000);
  expect(hostile.length).toBeGreaterThanOrEqual(40);
  let asked = "";
  page.on("dialog", (dialog) => {
    asked += dialog.message();
    void dialog.dismiss();
  });
  const elsewhere: string[] = [];
  page.on("request", (request) => {
    if (
      !request.url().startsWith(server.url) &&
      !request.url().startsWith("data:") &&
      !request.url().startsWith("blob:")
    )
      elsewhere.push(request.url());
  });
  const unhurt = async (where: string) => {
    // Streams stay open, so the network never rests; what would run has run by then.
    await page.waitForTimeout(500);
    expect(asked, where).toBe("");
    expect(elsewhere, where).toEqual([]);
    expect(await page.evaluate(() => "ran" in window), where).toBe(false);
    const links = await page
      .locator("a[href]")
      .evaluateAll((all) => all.map((link) => (link as HTMLAnchorElement).protocol));
    expect(
      links.filter((protocol) => !["http:", "https:", "mailto:", "tel:", "blob:"].includes(protocol)),
      where,
    ).toEqual([]);
    expect(
      await page.locator("main :is(script, iframe, object, embed, form[action], base, meta, link)").count(),
      where,
    ).toBe(0);
  };

  const session = await talk(server, hostile);
  await page.goto(`/sessions/${session}`);
  await expect(thread(page)).toContainText("Done");
  // Every row is drawn once.
  await thread(page).hover();
  for (let time = 0; time < 60; time++) {
    await page.mouse.wheel(0, -700);
    for (const card of await thread(page).locator("details:not([open]) > summary").all())
      await card.click({ timeout: 300 }).catch(() => undefined);
  }
  await unhurt("chat");

  for (const [place, text] of hostile.entries()) {
    await server.call("POST", "/agents", {
      name: `hostile-${place}`,
      display_name: text.slice(0, 400),
      description: text,
      system_prompt: text,
    });
    await server.session({ title: text.slice(0, 400), tags: [text.slice(0, 90)] });
  }
  const agent = String((await server.call("GET", "/agents/hostile-0")).id);
  for (const path of ["/sessions", "/agents", `/agents/${agent}`, "/", `/sessions/${session}/trace`]) {
    await page.goto(path);
    await unhurt(path);
  }
  await page.keyboard.press("Control+k");
  await unhurt("palette");
  for (const text of ["javascript:window.ran=1", "//evil.example", "/\\evil.example"]) {
    await page.goto(`/sign-in?to=${encodeURIComponent(text)}`);
    await unhurt(text);
  }
});

/** Each string as a person's words, an agent's answer, a tool's name, arguments and result. */
async function talk(server: Server, hostile: string[]): Promise<string> {
  const tool = { name: "look", description: "Looks.", parameters: { type: "object" } };
  const session = await server.session({ model_id: "llmsim/echo", tools: [tool] });
  for (const text of hostile) await server.ask(session, text);
  for (const text of hostile) {
    const metadata = { llmsim: { behaviour: "tool", name: "look", arguments: { text } } };
    await server.say(session, "Look", { metadata });
    const waits = async () => (await server.call("GET", `/sessions/${session}`)).status;
    await expect.poll(waits, { intervals: [20] }).toBe("waitingfortoolresults");
    const events = (await server.call("GET", `/sessions/${session}/events?types=tool.call_requested&limit=1`)) as {
      data: { data: { tool_calls: { id: string }[] } }[];
    };
    const call = events.data[0]?.data.tool_calls[0]?.id;
    await server.call("POST", `/sessions/${session}/tool-results`, {
      tool_results: [{ tool_call_id: call, result: text }],
    });
    await expect.poll(waits, { intervals: [20] }).toBe("idle");
  }
  return session;
}
