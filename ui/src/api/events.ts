/** A session's events, read in pages. */

import type { Event } from "../session/event";
import { api, must } from "./client";

/** Large, and read only where somebody looks at them. */
export const RECORDS = ["llm.generation"];

export interface EventsQuery {
  limit?: number;
  before_sequence?: number;
  after_sequence?: number;
  turn_id?: string;
  types?: string[];
  exclude?: string[];
}

/** Those that the query wants, oldest first. */
export async function eventsOf(sessionId: string, query: EventsQuery, signal?: AbortSignal): Promise<Event[]> {
  const path = { session_id: sessionId };
  return (await must(api.GET("/v1/sessions/{session_id}/events", { params: { path, query }, signal }))).data;
}
