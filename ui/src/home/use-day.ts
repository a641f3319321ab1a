/** The turns of the last day. The API tells of turns session by session, so the newest sessions are asked one by one. */

import { keepPreviousData, useQueries, useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";

import { api, must, type Schemas } from "../api/client";
import { dayOf, END_TYPES, endOf, HOUR_MS, HOURS, type Day } from "./turns";

type Session = Schemas["Session"];

/** How many sessions are looked at. */
const LISTED_MAX = 100;
/** How many turns of a session are read, the newest ones. */
const TURNS_MAX = 500;

export interface Known {
  day?: Day;
  sessions: Map<string, Session>;
  /** How many sessions were looked at, of how many. */
  looked: number;
  total: number;
  /** How many sessions' turns are read, are still to be read, and could not be read. */
  read: number;
  wanted: number;
  unread: number;
  error: unknown;
  retry(): void;
}

export function useDay(): Known {
  const list = useQuery({
    queryKey: ["sessions", "newest"],
    queryFn: () => must(api.GET("/v1/sessions", { params: { query: { limit: LISTED_MAX } } })),
    placeholderData: keepPreviousData,
    refetchInterval: 10_000,
  });
  const all = list.data?.data ?? [];
  // Since the page was opened, so that what was read stays good.
  const [since] = useState(() => new Date(Date.now() - HOURS * HOUR_MS).toISOString());
  const recent = all.filter(({ finished_at }) => finished_at && finished_at > since);
  const found = useQueries({
    queries: recent.map(({ id, finished_at }) => ({
      // Read anew when a turn of it ended.
      queryKey: ["turns", id, finished_at, since],
      queryFn: () => endsOf(id, since),
      staleTime: Infinity,
    })),
  });
  const changed = found.map(({ dataUpdatedAt }) => dataUpdatedAt).join();
  const day = useMemo(
    () =>
      dayOf(
        found.flatMap(({ data }) => data ?? []),
        Date.now(),
      ),
    [changed, list.dataUpdatedAt],
  );
  return {
    day: list.isSuccess ? day : undefined,
    sessions: new Map(all.map((one) => [one.id, one])),
    looked: all.length,
    total: list.data?.total ?? 0,
    read: found.filter(({ isSuccess }) => isSuccess).length,
    wanted: recent.length,
    unread: found.filter(({ isError }) => isError).length,
    error: list.error ?? undefined,
    retry: () => void list.refetch(),
  };
}

async function endsOf(sessionId: string, since: string) {
  const query = { types: END_TYPES, from_ts: since, limit: TURNS_MAX, order_desc: true };
  const { data } = await must(
    api.GET("/v1/sessions/{session_id}/events", { params: { path: { session_id: sessionId }, query } }),
  );
  return data.map(endOf).filter((one) => one !== undefined);
}
