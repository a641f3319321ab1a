/** What the tests of the pages share: the server's API, and a page that must not complain. */

import { expect, test as base, type Page } from "@playwright/test";

type Json = Record<string, unknown>;

/** The server's API, as any program calls it. */
export class Server {
  constructor(readonly url: string) {}

  async call(method: string, path: string, body?: Json): Promise<Json> {
    const answer = await fetch(`${this.url}/v1${path}`, { method, body: body && JSON.stringify(body) });
    const text = await answer.text();
    expect(answer.ok, `${method} ${path}: ${answer.status} ${text}`).toBe(true);
    return (text === "" ? {} : JSON.parse(text)) as Json;
  }

  /** A session; its id. */
  async session(spec: Json = {}): Promise<string> {
    return String((await this.call("POST", "/sessions", spec)).id);
  }

  async say(session: string, text: string, more: Json = {}): Promise<void> {
    await this.call("POST", `/sessions/${session}/messages`, {
      message: { content: [{ type: "text", text }] },
      ...more,
    });
  }

  /** Says it and waits for the end of the turn. */
  async ask(session: string, text: string): Promise<void> {
    await this.say(session, text);
    await expect
      .poll(async () => (await this.call("GET", `/sessions/${session}`)).status, { intervals: [20] })
      .toBe("idle");
  }
}

/** Tests get a server, and a page whose console stays silent. */
export const test = base.extend<{ server: Server }>({
  server: async ({ baseURL }, use) => use(new Server(String(baseURL))),
  page: async ({ page }, use) => {
    const complaints: string[] = [];
    page.on("pageerror", (error) => complaints.push(error.message));
    page.on("console", (message) => {
      if (message.type() === "error" && !/Failed to load resource/.test(message.text()))
        complaints.push(message.text());
    });
    await use(page);
    expect(complaints, "the page complains").toEqual([]);
  },
});

export { expect };

/** Writes and sends a message. */
export async function write(page: Page, text: string): Promise<void> {
  await page.getByLabel("Message", { exact: true }).fill(text);
  await page.keyboard.press("Enter");
}

/** The conversation. */
export function thread(page: Page) {
  return page.getByRole("log");
}
