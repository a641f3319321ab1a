/** A session's events as they happen, over as many connections as it takes. */

import { createParser } from "eventsource-parser";

import type { Event } from "../session/event";
import { Problem } from "./client";

/** How the connection is. `lost`: another one is made after `waitMs`. `refused`: no other one is made. */
export type Link =
  | { state: "connecting" }
  | { state: "live" }
  | { state: "lost"; waitMs: number; why: string }
  | { state: "refused"; problem: Problem };

interface Reader {
  events(batch: Event[]): void;
  link(link: Link): void;
}

const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 15_000;
/** The server says something every 15 s; a connection that is silent for so long is dead. */
const SILENCE_MS = 40_000;

/** Follows the session behind the event `after`, until `signal` ends it. Each event is given once and in order. */
export async function follow(
  session: string,
  after: number,
  exclude: string[],
  reader: Reader,
  signal: AbortSignal,
): Promise<void> {
  let last = after;
  let waitMs = FIRST_WAIT_MS;
  let isLost = false;
  while (!signal.aborted) {
    // Once lost, it stays so until events come again.
    if (!isLost) reader.link({ state: "connecting" });
    try {
      for await (const batch of frames(session, last, exclude, signal)) {
        if (batch.isConnected) {
          waitMs = FIRST_WAIT_MS;
          isLost = false;
          reader.link({ state: "live" });
        }
        const news = batch.events.filter((event) => event.sequence > last);
        last = news.at(-1)?.sequence ?? last;
        if (news.length > 0) reader.events(news);
      }
      // The server turns connections over now and then; the next one follows at once.
      if (signal.aborted) return;
      await pause(100, signal);
    } catch (error) {
      if (signal.aborted) return;
      const problem = Problem.from(error);
      if (problem.status >= 400 && problem.status < 500 && problem.status !== 429 && problem.status !== 408) {
        return reader.link({ state: "refused", problem });
      }
      isLost = true;
      const asked = (problem.retryAfter ?? 0) * 1000;
      reader.link({ state: "lost", waitMs: Math.max(waitMs, asked), why: problem.message });
      await pause(Math.max(waitMs, asked), signal);
      waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS);
    }
  }
}

interface Batch {
  isConnected: boolean;
  events: Event[];
}

/** What one connection brings, as it comes: all frames of one piece together. */
async function* frames(session: string, after: number, exclude: string[], signal: AbortSignal): AsyncGenerator<Batch> {
  const query = new URLSearchParams([["after_sequence", String(after)], ...exclude.map((type) => ["exclude", type])]);
  const url = `/v1/sessions/${encodeURIComponent(session)}/sse?${query}`;
  const response = await fetch(url, { signal, credentials: "same-origin", headers: { accept: "text/event-stream" } });
  if (!response.ok || response.body === null) {
    throw Problem.of(response.status, await response.json().catch(() => undefined));
  }
  let batch: Batch = { isConnected: false, events: [] };
  const parser = createParser({
    onEvent({ event, data }) {
      if (event === "connected") batch.isConnected = true;
      else if (event !== "disconnecting") batch.events.push(JSON.parse(data) as Event);
    },
  });
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  for (;;) {
    const { done, value } = await heard(reader);
    if (done) return;
    parser.feed(value);
    if (batch.isConnected || batch.events.length > 0) yield batch;
    batch = { isConnected: false, events: [] };
  }
}

/** What comes next; fails, and gives the connection up, if nothing comes at all. */
async function heard(reader: ReadableStreamDefaultReader<string>): Promise<ReadableStreamReadResult<string>> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const silence = new Promise<never>((_, fail) => {
    timer = setTimeout(() => fail(new Problem(0, "silent", "The connection is silent.")), SILENCE_MS);
  });
  try {
    return await Promise.race([reader.read(), silence]);
  } catch (error) {
    void reader.cancel().catch(() => undefined);
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

/** Waits; less long when the browser says that the network is back. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      window.removeEventListener("online", end);
      signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    window.addEventListener("online", end);
    signal.addEventListener("abort", end);
  });
}
