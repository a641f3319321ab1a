/** The event that a link leads to, and its turn. */

import { useQuery } from "@tanstack/react-query";

import { api, must } from "../api/client";
import { dataOf, type Event } from "../session/event";

export interface Target {
  event: Event;
  turnId: string | undefined;
}

/** `null`: the session has no such event. */
export function useTarget(sessionId: string, sequence: number | undefined) {
  return useQuery({
    queryKey: ["trace", sessionId, "event", sequence],
    queryFn: () => targetAt(sessionId, sequence ?? 0),
    enabled: sequence !== undefined,
    staleTime: Infinity,
  });
}

async function targetAt(sessionId: string, sequence: number): Promise<Target | null> {
  const one = async (query: { after_sequence?: number; before_sequence?: number; types?: string[] }) => {
    const params = { path: { session_id: sessionId }, query: { ...query, limit: 1 } };
    return (await must(api.GET("/v1/sessions/{session_id}/events", { params }))).data.at(-1);
  };
  const event = sequence < 1 ? undefined : await one({ after_sequence: sequence - 1 });
  if (event?.sequence !== sequence) return null;
  const known = event.context.turn_id ?? dataOf(event).turn_id;
  if (known !== undefined) return { event, turnId: known };
  // What has no turn of its own is told with the turn that it came in, or that it opened.
  const before = await one({ before_sequence: sequence, types: ["turn.started", ...ENDS] });
  const turn =
    before?.type === "turn.started" ? before : await one({ after_sequence: sequence, types: ["turn.started"] });
  const found = turn ?? before;
  return { event, turnId: found && dataOf(found).turn_id };
}

const ENDS = ["turn.completed", "turn.failed", "turn.cancelled", "turn.sealed"];
