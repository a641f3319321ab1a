/** Which spans of a turn have the words that somebody looks for. */

import { keepPreviousData, useQuery } from "@tanstack/react-query";

import { api, must } from "../api/client";
import { PIECES } from "../session/event";
import type { Span } from "./span";
import { titleOf } from "./title";

const PAGE = 1000;
const PAGES_MAX = 10;
/** What else they say, events beside them say too. */
const UNSEARCHED = [...PIECES, "llm.generation"];

export interface Found {
  sequences: ReadonlySet<number>;
  /** Whether there may be more. */
  isIncomplete: boolean;
}

/** What the server finds in the data of the turn's events. */
export function useFound(sessionId: string, turn: Span | undefined, q: string | undefined) {
  const isRunning = turn?.end === undefined;
  return useQuery({
    queryKey: ["trace", sessionId, "search", turn?.key, q, isRunning],
    queryFn: () => search(sessionId, turn?.key ?? "", q ?? ""),
    enabled: turn !== undefined && q !== undefined,
    placeholderData: keepPreviousData,
    refetchInterval: isRunning && 3000,
  });
}

async function search(sessionId: string, turnId: string, q: string): Promise<Found> {
  const path = { session_id: sessionId };
  const sequences = new Set<number>();
  let after = 0;
  for (let pages = 0; pages < PAGES_MAX; pages++) {
    const query = { turn_id: turnId, q, exclude: UNSEARCHED, after_sequence: after, limit: PAGE };
    const call = api.GET("/v1/sessions/{session_id}/events", { params: { path, query } });
    const { data } = await must(call);
    for (const { sequence } of data) sequences.add(sequence);
    if ((await call).response.headers.get("X-Scan-Complete") === "false") break;
    if (data.length < PAGE) return { sequences, isIncomplete: false };
    after = data.at(-1)?.sequence ?? after;
  }
  return { sequences, isIncomplete: true };
}

/** Whether a span is what is looked for: by its name, by what the server found, or by what was said in it. */
export function matcher(q: string, found: Found | undefined): (span: Span) => boolean {
  const words = q.toLowerCase().split(/\s+/).filter(Boolean);
  const hasAll = (text: string) => words.every((word) => text.includes(word));
  return (span) => {
    if (hasAll(`${titleOf(span)} ${span.name} ${span.error ?? ""}`.toLowerCase())) return true;
    return found !== undefined && span.events.some(({ sequence }) => found.sequences.has(sequence));
  };
}
