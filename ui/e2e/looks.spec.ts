/** Each page in light, dark and narrow: nothing that keeps people with disabilities out, and a picture of it. */

import AxeBuilder from "@axe-core/playwright";
import type { Page } from "@playwright/test";

import { expect, test, thread, write, type Server } from "./world";

/** Pictures go to the documents when they are asked for. */
const PICTURES = process.env.EVERRUNS_PICTURES;

const LOOKS = [
  { name: "light", scheme: "light", width: 1200, height: 800 },
  { name: "dark", scheme: "dark", width: 1200, height: 800 },
  { name: "narrow", scheme: "light", width: 360, height: 740 },
] as const;

/** The pages, and how one gets to see what is on them. */
const PAGES: { name: string; open(page: Page, made: Made): Promise<void> }[] = [
  { name: "home", open: async (page) => void (await page.goto("/")) },
  { name: "new-chat", open: async (page) => void (await page.goto("/chat")) },
  {
    name: "chat",
    open: async (page, { session }) => {
      await page.goto(`/sessions/${session}`);
      await expect(thread(page)).toContainText("Done");
      await expect(thread(page).locator(".hljs-keyword").first()).toBeVisible();
    },
  },
  {
    name: "chat-waiting",
    open: async (page, { waiting }) => {
      await page.goto(`/sessions/${waiting}`);
      await expect(page.getByPlaceholder("Result, as text or JSON")).toBeVisible();
    },
  },
  {
    name: "chat-failed",
    open: async (page, { failed }) => {
      await page.goto(`/sessions/${failed}`);
      await expect(thread(page)).toContainText("The turn failed");
    },
  },
  { name: "trace", open: async (page, { session }) => void (await page.goto(`/sessions/${session}/trace`)) },
  { name: "trace-failed", open: async (page, { failed }) => void (await page.goto(`/sessions/${failed}/trace`)) },
  { name: "sessions", open: async (page) => void (await page.goto("/sessions")) },
  { name: "sessions-none", open: async (page) => void (await page.goto("/sessions?q=nothing-has-this-name")) },
  { name: "agents", open: async (page) => void (await page.goto("/agents")) },
  { name: "agent", open: async (page, { agent }) => void (await page.goto(`/agents/${agent}`)) },
  { name: "agent-new", open: async (page) => void (await page.goto("/agents/new")) },
  { name: "missing", open: async (page) => void (await page.goto("/nowhere")) },
  { name: "sign-in", open: async (page) => void (await page.goto("/sign-in")) },
  {
    name: "palette",
    open: async (page) => {
      await page.goto("/sessions");
      await page.getByRole("button", { name: "Search or jump to" }).click();
      await page.getByRole("dialog").getByRole("combobox").fill("plan");
    },
  },
];

interface Made {
  session: string;
  waiting: string;
  failed: string;
  agent: string;
}

const ANSWER = `Here is the plan:

1. Read the **file**.
2. Change one line:

\`\`\`python
def area(width: float, height: float) -> float:
    return width * height  # metres
\`\`\`

| step | takes |
|---|---|
| read | 2 ms |
| write | 5 ms |`;

let made: Made | undefined;

async function make(server: Server): Promise<Made> {
  const name = `planner-${Date.now()}`;
  const agent = await server.call("POST", "/agents", {
    name,
    display_name: "Planner",
    description: "Plans small changes and says what they cost.",
    system_prompt: "You plan. Be brief, and say what each step takes.",
    default_model_id: "llmsim/echo",
    capabilities: [{ ref: "current_time" }],
    tags: ["team-a"],
  });
  const session = await server.session({ agent_id: agent.id, title: "A plan for the area" });
  const tool = {
    metadata: { llmsim: { behaviour: "tool", name: "get_current_time", text: "Let me look at the clock." } },
  };
  await server.say(session, "What time is it?", tool);
  await expect.poll(async () => (await server.call("GET", `/sessions/${session}`)).status).toBe("idle");
  await server.ask(session, ANSWER);
  const ask = { name: "ask_a_human", description: "Asks somebody.", parameters: { type: "object" } };
  const waiting = await server.session({
    model_id: "llmsim/tool?name=ask_a_human&arguments=%7B%22question%22%3A%22Which%20room%3F%22%7D",
    tools: [ask],
    title: "Which room?",
  });
  await server.say(waiting, "Measure the room");
  const failed = await server.session({ model_id: "llmsim/error?kind=auth", title: "A turn that failed" });
  await server.ask(failed, "Try it");
  return { session, waiting, failed, agent: String(agent.id) };
}

for (const look of LOOKS) {
  for (const one of PAGES) {
    test(`${one.name}, ${look.name}`, async ({ page, server }) => {
      made ??= await make(server);
      await page.setViewportSize(look);
      await page.emulateMedia({ colorScheme: look.scheme, reducedMotion: "reduce" });
      await one.open(page, made);
      await expect(page.getByRole("main")).not.toBeEmpty();
      await page.waitForTimeout(400);
      if (PICTURES) await page.screenshot({ path: `${PICTURES}/${one.name}-${look.name}.png` });
      const width = await page.evaluate(() => document.documentElement.scrollWidth);
      expect(width, "nothing sticks out").toBeLessThanOrEqual(look.width);
      const { violations } = await new AxeBuilder({ page })
        .withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"])
        .analyze();
      const told = violations.map(
        ({ id, nodes }) => `${id}: ${nodes.map((node) => node.html.slice(0, 160)).join(" | ")}`,
      );
      expect(told).toEqual([]);
    });
  }
}

test("everything is reached by keys", async ({ page, server }) => {
  const session = await server.session({ model_id: "llmsim/echo" });
  await page.goto("/");
  await expect(page.getByRole("heading", { name: "Home" })).toBeVisible();
  for (const [keys, place] of [
    ["g s", /\/sessions$/],
    ["g a", /\/agents$/],
    ["g h", /\/$/],
    ["n", /\/chat$/],
  ] as const) {
    await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
    for (const press of keys.split(" ")) await page.keyboard.press(press);
    await expect(page).toHaveURL(place);
  }
  await page.goto(`/sessions/${session}`);
  await expect(page.getByLabel("Message", { exact: true })).toBeFocused();
  await page.keyboard.press("Control+k");
  await page.keyboard.type("agents");
  await expect(page.getByRole("option", { name: "Agents" })).toBeVisible();
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/agents$/);
  await page.goto(`/sessions/${session}`);
  await page.getByLabel("Message", { exact: true }).blur();
  await page.keyboard.press("?");
  const shortcuts = page.getByRole("dialog", { name: "Keyboard shortcuts" });
  await expect(shortcuts).toBeVisible();
  await shortcuts.getByRole("checkbox").uncheck();
  await page.keyboard.press("Escape");
  await page.keyboard.press("n");
  await expect(page).toHaveURL(new RegExp(session));
  await page.getByRole("button", { name: "Keyboard shortcuts" }).click();
  await shortcuts.getByRole("checkbox").check();
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog")).toHaveCount(0);
  await page.keyboard.press("/");
  await expect(page.getByLabel("Message", { exact: true })).toBeFocused();
  await write(page, "By keys alone");
  await expect(thread(page)).toContainText("Done");
});
