/** When the text of a model call came, for calls that were over before somebody looked. */

import { useQuery } from "@tanstack/react-query";

import { api, must } from "../api/client";
import { dataOf, type Event } from "../session/event";
import { PAUSE_MS, type Span, type Stretch } from "./span";

/** Pieces carry all text so far: more bytes than this are not read for the sake of pauses. */
const BYTES_MAX = 1_000_000;
const BYTES_OF_TOKEN = 6;
const TEXTS = ["output.message.started", "output.message.delta", "reason.recovered"];

/** The pauses of a model call: as they were seen, or else read from the log when the call took long. */
export function usePauses(sessionId: string, span: Span): readonly Stretch[] {
  const isModel = span.kind === "model";
  const isSeen = span.pauses.length > 0 || span.pieces > 0;
  const isLong = span.end !== undefined && span.end - span.start >= PAUSE_MS;
  const read = useQuery({
    queryKey: ["trace", sessionId, "pauses", span.execId],
    queryFn: async () => pausesIn(await texts(sessionId, span.execId ?? "")),
    enabled: isModel && !isSeen && isLong && span.execId !== undefined && bytesOf(span) <= BYTES_MAX,
    staleTime: Infinity,
  });
  return isModel && !isSeen && read.data ? read.data : span.pauses;
}

async function texts(sessionId: string, execId: string): Promise<Event[]> {
  const params = { path: { session_id: sessionId }, query: { exec_id: execId, types: TEXTS } };
  return (await must(api.GET("/v1/sessions/{session_id}/events", { params }))).data;
}

/** About how much its pieces are, all together. */
function bytesOf(span: Span): number {
  const [first, last] = [span.events[0]?.sequence ?? 0, span.events.at(-1)?.sequence ?? 0];
  const pieces = last - first;
  return (pieces * (span.usage?.output_tokens ?? pieces) * BYTES_OF_TOKEN) / 2;
}

/** Where text stopped for long, or was given up. */
export function pausesIn(events: readonly Event[]): Stretch[] {
  const pauses: Stretch[] = [];
  let before: number | undefined;
  for (const event of events) {
    const at = Date.parse(event.ts);
    const isGivenUp = event.type === "reason.recovered";
    const isPause = before !== undefined && (isGivenUp ? at > before : at - before >= PAUSE_MS);
    if (before !== undefined && isPause) pauses.push({ from: before, to: at });
    // A new attempt may think for as long as it likes before its first words.
    before = isGivenUp || dataOf(event).delta === undefined ? undefined : at;
  }
  return pauses;
}
