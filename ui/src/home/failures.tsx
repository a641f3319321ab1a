/** Turns that failed in the last day, with the way to why. */

import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";

import { sessionQuery } from "../api/queries";
import { api, must, type Schemas } from "../api/client";
import { Time } from "../parts/time";
import { Trouble } from "../parts/trouble";
import { nameOf } from "../session/title";
import { words } from "../words";

const texts = words.home.failed;
const SHOWN_MAX = 5;

export function Failures() {
  const query = { outcome: "failed" as const, limit: SHOWN_MAX };
  const found = useQuery({
    queryKey: ["turns", "failed"],
    queryFn: () => must(api.GET("/v1/turns", { params: { query } })),
    refetchInterval: 10_000,
  });
  if (found.isError) return <Trouble error={found.error} onRetry={() => void found.refetch()} />;
  if (!found.data) return null;
  const { data: turns, has_more } = found.data;
  return (
    <section aria-label={texts.title} className="flex flex-col gap-2">
      <h2 className="text-lg font-semibold">{texts.title}</h2>
      {turns.length === 0 && <p className="text-sm text-soft">{texts.none}</p>}
      {turns.length > 0 && (
        <ul className="panel divide-y">
          {turns.map((turn) => (
            <Failure key={turn.turn_id} turn={turn} />
          ))}
        </ul>
      )}
      {has_more && <p className="text-sm text-soft">{texts.more}</p>}
    </section>
  );
}

function Failure({ turn }: { turn: Schemas["Turn"] }) {
  const sessionId = turn.session_id;
  const session = useQuery({ ...sessionQuery(sessionId), staleTime: 60_000 });
  return (
    <li className="flex flex-wrap items-center gap-x-3 gap-y-1 px-3 py-2">
      <div className="min-w-0 flex-1 basis-60">
        <Link to="/sessions/$sessionId" params={{ sessionId }} className="block truncate font-medium hover:underline">
          {nameOf(session.data)}
        </Link>
        <p className="text-sm break-words text-bad">{turn.error ?? turn.error_code}</p>
      </div>
      <span className="text-sm text-soft">
        <Time at={turn.ended_at} />
      </span>
      <Link
        to="/sessions/$sessionId/trace"
        params={{ sessionId }}
        search={{ turn: turn.turn_id }}
        className="py-1 text-sm text-accent underline underline-offset-2"
      >
        {texts.trace}
      </Link>
    </li>
  );
}
