/** What runs at this moment. */

import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";

import { api, must, type Schemas } from "../api/client";
import { SessionStatus } from "../parts/session-status";
import { Time } from "../parts/time";
import { Trouble } from "../parts/trouble";
import { nameOf } from "../session/title";
import { words } from "../words";

const texts = words.home.now;
const SHOWN_MAX = 6;
const RUNNING = ["active", "waitingfortoolresults"];

export function Running({ stats }: { stats: Schemas["SessionStats"] }) {
  const found = useQuery({
    queryKey: ["sessions", "running"],
    queryFn: () => must(api.GET("/v1/sessions", { params: { query: { status: RUNNING, limit: SHOWN_MAX } } })),
    refetchInterval: 3_000,
  });
  return (
    <section aria-label={texts.title} className="flex flex-col gap-3">
      <h2 className="text-lg font-semibold">{texts.title}</h2>
      <ul className="grid grid-cols-3 gap-3">
        <Count label={texts.active} count={stats.active} status="active" />
        <Count label={texts.waiting} count={stats.waiting_for_tool_results} status="waitingfortoolresults" />
        <Count label={texts.total} count={stats.total} />
      </ul>
      {found.isError && <Trouble error={found.error} onRetry={() => void found.refetch()} />}
      {found.data?.data.length === 0 && <p className="text-sm text-soft">{texts.none}</p>}
      {found.data !== undefined && found.data.data.length > 0 && (
        <ul className="panel divide-y">
          {found.data.data.map((session) => (
            <li key={session.id} className="flex items-center gap-3 px-3 py-2">
              <Link
                to="/sessions/$sessionId"
                params={{ sessionId: session.id }}
                className="min-w-0 flex-1 truncate font-medium hover:underline"
              >
                {nameOf(session)}
              </Link>
              <SessionStatus status={session.status} />
              <span className="shrink-0 text-sm text-soft max-sm:hidden">
                <Time at={session.updated_at} />
              </span>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function Count({ label, count, status }: { label: string; count: number; status?: string }) {
  return (
    <li>
      <Link
        to="/sessions"
        search={{ status }}
        className="panel flex h-full flex-col px-3 py-2 hover:bg-sunken sm:flex-row sm:items-baseline sm:gap-2"
      >
        <span className="text-xl font-semibold tabular-nums">{count}</span>
        <span className="text-sm text-soft">{label}</span>
      </Link>
    </li>
  );
}
