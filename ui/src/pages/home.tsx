/** Where people begin: what runs, what failed, how the last day went; and the first steps on a new server. */

import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";

import { api, must } from "../api/client";
import { Failures } from "../home/failures";
import { FirstRun } from "../home/first-run";
import { LastDay } from "../home/last-day";
import { Running } from "../home/running";
import { keep, kept } from "../kept";
import { Empty } from "../parts/empty";
import { Heading } from "../parts/heading";
import { MAIN_LINK } from "../parts/link-button";
import { Trouble } from "../parts/trouble";
import { words } from "../words";

/** Who has more agents than that needs no first steps. */
const AGENTS_MAX = 10;
/** Where the browser remembers that somebody needs no first steps. */
const HIDDEN = "everruns-first-steps-hidden";

export function Home() {
  const [isHidden, setHidden] = useState(() => kept("always", HIDDEN) !== undefined);
  const stats = useQuery({
    queryKey: ["sessions", "stats"],
    queryFn: () => must(api.GET("/v1/sessions/stats")),
    refetchInterval: 3_000,
  });
  const agents = useQuery({
    queryKey: ["agents", "newest"],
    queryFn: () => must(api.GET("/v1/agents", { params: { query: { limit: AGENTS_MAX } } })),
    refetchInterval: 10_000,
  });
  const hide = () => {
    keep("always", HIDDEN, "1");
    setHidden(true);
  };
  const failed = [stats, agents].find(({ isError }) => isError);
  const newest = agents.data?.data ?? [];
  const hasSession = (stats.data?.total ?? 0) > 0;
  const isAsked = newest.some((agent) => agent.session_count > 0);
  const isFirst = agents.isSuccess && agents.data.total <= AGENTS_MAX && !(hasSession && isAsked);
  return (
    <div className="mx-auto flex max-w-6xl flex-col gap-6 p-3 sm:p-6">
      <Heading title={words.home.title} />
      {failed && <Trouble error={failed.error} onRetry={() => void failed.refetch()} />}
      {stats.isPending && (
        <p role="status" className="text-soft">
          {words.doing.loading}
        </p>
      )}
      {stats.data && isFirst && !isHidden && <FirstRun hasSession={hasSession} agent={newest[0]} onDismiss={hide} />}
      {stats.data && hasSession && (
        <>
          <Running stats={stats.data} />
          <Failures />
          <LastDay />
        </>
      )}
      {stats.data && !hasSession && isHidden && (
        <Empty {...words.sessions.empty}>
          <Link to="/chat" className={MAIN_LINK}>
            {words.chat.new}
          </Link>
        </Empty>
      )}
    </div>
  );
}
