/** The trace of a session: each of its turns as a waterfall. */

import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { MessagesSquare } from "lucide-react";
import { useEffect, useMemo } from "react";

import { api, must } from "../api/client";
import { Badge } from "../parts/badge";
import { Empty } from "../parts/empty";
import { Trouble } from "../parts/trouble";
import { Failure } from "../trace/failure";
import { rowsOf } from "../trace/rows";
import { turnOf } from "../trace/spans";
import { TurnList, TurnSelect } from "../trace/turn-list";
import { useNow, useTrace } from "../trace/use-trace";
import { Waterfall } from "../trace/waterfall";
import { words } from "../words";

const route = getRouteApi("/sessions/$sessionId/trace");

export function TracePage() {
  const { sessionId } = route.useParams();
  return <OneTrace key={sessionId} sessionId={sessionId} />;
}

function OneTrace({ sessionId }: { sessionId: string }) {
  const search = route.useSearch();
  const trace = useTrace(sessionId, search.turn);
  const session = useQuery({
    queryKey: ["session", sessionId],
    queryFn: () => must(api.GET("/v1/sessions/{session_id}", { params: { path: { session_id: sessionId } } })),
  });
  const title = session.data?.title ?? session.data?.preview ?? words.session.untitled;
  useEffect(() => {
    document.title = `${words.trace.title}: ${title} – ${words.product}`;
  }, [title]);
  const root = useMemo(() => turnOf(trace.events), [trace.events]);
  const isRunning = root !== undefined && root.end === undefined;
  const now = useNow(isRunning);
  const rows = useMemo(() => (root ? rowsOf(root, {}) : []), [root]);
  const event = useMemo(() => (search.event === undefined ? undefined : { sequence: search.event }), [search.event]);
  const turns = { sessionId, ...trace, chosen: trace.turnId };

  return (
    <div className="flex h-full flex-col">
      <header className="flex flex-wrap items-center gap-2 border-b bg-panel px-3 py-2 sm:px-6">
        <h1 className="min-w-0 truncate font-semibold">
          <span className="text-soft">{words.trace.title}:</span> {title}
        </h1>
        {isRunning && (
          <Badge tone={trace.link.state === "live" ? "live" : "wait"}>{words.trace.live[trace.link.state]}</Badge>
        )}
        <Link
          to="/sessions/$sessionId"
          params={{ sessionId }}
          className="ml-auto inline-flex h-8 shrink-0 items-center gap-1.5 rounded-lg border px-3 text-sm font-medium hover:bg-sunken"
        >
          <MessagesSquare size={16} aria-hidden />
          {words.trace.toChat}
        </Link>
      </header>
      {trace.problem !== undefined && !trace.isLoaded ? (
        <div className="p-4">
          <Trouble error={trace.problem} onRetry={() => location.reload()} />
        </div>
      ) : trace.isLoaded && trace.turns.length === 0 ? (
        <Empty {...words.trace.empty} />
      ) : (
        <div className="flex min-h-0 flex-1">
          <TurnList {...turns} />
          <div className="flex min-w-0 flex-1 flex-col">
            <div className="flex flex-col gap-2 px-3 py-2 sm:px-6">
              <TurnSelect {...turns} />
            </div>
            {trace.turnProblem && (
              <div className="p-4">
                <Trouble error={trace.turnProblem} onRetry={() => location.reload()} />
              </div>
            )}
            {!trace.isTurnLoaded && !trace.turnProblem && (
              <p role="status" className="px-3 text-sm text-soft sm:px-6">
                {words.trace.reading(trace.events.length)}
              </p>
            )}
            {root && (
              <Waterfall
                key={root.key}
                sessionId={sessionId}
                root={root}
                rows={rows}
                now={now}
                outages={trace.outages}
                event={event}
              >
                <Failure turn={root} />
              </Waterfall>
            )}
          </div>
        </div>
      )}
    </div>
  );
}
