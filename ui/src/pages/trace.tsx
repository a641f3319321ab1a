/** The trace of a session: each of its turns as a waterfall. */

import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { MessagesSquare } from "lucide-react";
import { useMemo, useState } from "react";

import { sessionQuery } from "../api/queries";
import { Badge } from "../parts/badge";
import { Empty } from "../parts/empty";
import { PLAIN_LINK } from "../parts/link-button";
import { Trouble } from "../parts/trouble";
import { nameOf } from "../session/title";
import { Failure } from "../trace/failure";
import { FilterBar } from "../trace/filter-bar";
import { rowsOf } from "../trace/rows";
import { matcher, useFound } from "../trace/search";
import { turnOf } from "../trace/spans";
import { useTarget } from "../trace/target";
import { TurnList, TurnSelect } from "../trace/turn-list";
import { useNow, useTrace } from "../trace/use-trace";
import { Waterfall } from "../trace/waterfall";
import { useTitle } from "../parts/use-title";
import { words } from "../words";

const route = getRouteApi("/sessions/$sessionId/trace");

export function TracePage() {
  const { sessionId } = route.useParams();
  return <OneTrace key={sessionId} sessionId={sessionId} />;
}

function OneTrace({ sessionId }: { sessionId: string }) {
  const search = route.useSearch();
  const navigate = useNavigate({ from: "/sessions/$sessionId/trace" });
  const target = useTarget(sessionId, search.event);
  // A link may name the event alone; its turn is known in a moment.
  const trace = useTrace(sessionId, search.turn ?? target.data?.turnId, search.turn !== undefined || !target.isLoading);
  const [narrowed, setNarrowed] = useState({ kind: "", status: "" });
  const q = search.q ?? "";
  const session = useQuery(sessionQuery(sessionId));
  const title = nameOf(session.data);
  useTitle(`${words.trace.title}: ${title}`);

  const root = useMemo(() => turnOf(trace.events), [trace.events]);
  const isRunning = root !== undefined && root.end === undefined;
  const now = useNow(isRunning);
  const found = useFound(sessionId, root, search.q);
  const { rows, all } = useMemo(() => {
    const has = q === "" ? undefined : matcher(q, found.data);
    const wanted = { kind: narrowed.kind || undefined, status: narrowed.status || undefined, has };
    return root ? { rows: rowsOf(root, wanted), all: rowsOf(root, {}).length } : { rows: [], all: 0 };
  }, [found.data, narrowed, q, root]);
  const change = (change: { q?: string; kind?: string; status?: string }) => {
    const { q, ...rest } = change;
    setNarrowed((before) => ({ ...before, ...rest }));
    if (q !== undefined) void navigate({ search: (before) => ({ ...before, q: q || undefined }), replace: true });
  };
  const turns = { sessionId, ...trace, chosen: trace.turnId };

  if (trace.problem !== undefined && !trace.isLoaded) {
    return (
      <div className="p-4">
        <Trouble error={trace.problem} onRetry={() => location.reload()} />
      </div>
    );
  }
  const isNowhere = trace.turnProblem?.status === 404 || target.data === null;
  return (
    <div className="flex h-full flex-col">
      <header className="flex items-center gap-2 border-b bg-panel px-3 py-2 sm:px-6">
        <h1 className="min-w-0 truncate font-semibold">
          <span className="text-soft">{words.trace.title}:</span> {title}
        </h1>
        {(isRunning || trace.link.state === "lost") && (
          <Badge tone={trace.link.state === "live" ? "live" : "wait"}>{words.trace.live[trace.link.state]}</Badge>
        )}
        <Link to="/sessions/$sessionId" params={{ sessionId }} className={`ml-auto ${PLAIN_LINK}`}>
          <MessagesSquare size={16} aria-hidden />
          {words.trace.toChat}
        </Link>
      </header>
      {trace.isLoaded && trace.turns.length === 0 ? (
        <Empty {...words.trace.empty} />
      ) : (
        <div className="flex min-h-0 flex-1">
          <TurnList {...turns} />
          <div className="flex min-w-0 flex-1 flex-col">
            <div className="flex flex-col gap-2 px-3 py-2 sm:px-6">
              <TurnSelect {...turns} />
              <FilterBar
                q={q}
                {...narrowed}
                shown={rows.length}
                all={all}
                isIncomplete={q !== "" && found.data?.isIncomplete === true}
                onChange={change}
              />
              {found.error && <Trouble error={found.error} onRetry={() => void found.refetch()} />}
              {trace.problem && <Trouble error={trace.problem} />}
              {trace.link.state === "refused" && (
                <Trouble error={trace.link.problem} onRetry={() => location.reload()} />
              )}
              {trace.turnProblem && !isNowhere && (
                <Trouble error={trace.turnProblem} onRetry={() => location.reload()} />
              )}
              {!trace.isTurnLoaded && !trace.turnProblem && (
                <p role="status" className="text-sm text-soft">
                  {words.trace.reading(trace.events.length)}
                </p>
              )}
            </div>
            {isNowhere && <Empty {...words.trace.noSuch} />}
            {root && (
              <Waterfall
                key={root.key}
                sessionId={sessionId}
                root={root}
                rows={rows}
                now={now}
                outages={trace.outages}
                target={target.data?.event}
              >
                <Failure sessionId={sessionId} turn={root} />
                {rows.length === 0 && trace.isTurnLoaded && !found.isFetching && <Empty {...words.trace.filter.none} />}
              </Waterfall>
            )}
          </div>
        </div>
      )}
    </div>
  );
}
