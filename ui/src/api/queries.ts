/** What several pages ask for: under one key each, so that one answer serves them all. */

import { queryOptions } from "@tanstack/react-query";

import { api, must } from "./client";

/** Agents that people choose from, the newest ones. */
const CHOICES = 100;

export const modelsQuery = queryOptions({ queryKey: ["models"], queryFn: () => must(api.GET("/v1/models")) });

/** `isAll`: archived ones too. */
export function agentsQuery(isAll: boolean) {
  const query = { limit: CHOICES, include_archived: isAll };
  return queryOptions({
    queryKey: ["agents", "choices", isAll],
    queryFn: () => must(api.GET("/v1/agents", { params: { query } })),
  });
}

export function sessionQuery(sessionId: string) {
  return queryOptions({
    queryKey: ["session", sessionId],
    queryFn: () => must(api.GET("/v1/sessions/{session_id}", { params: { path: { session_id: sessionId } } })),
  });
}
