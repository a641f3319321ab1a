/** A session: its conversation, and where it goes on. */

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { useCallback, useEffect, useState } from "react";

import { sessionQuery } from "../api/queries";
import { randomHex } from "../api/once";
import { Composer } from "../chat/composer";
import { SessionHeader } from "../chat/session-header";
import { Thread } from "../chat/thread";
import { keep } from "../kept";
import { Empty } from "../parts/empty";
import { Trouble } from "../parts/trouble";
import { useTitle } from "../parts/use-title";
import { cancel, fork, say } from "../session/actions";
import { nameOf } from "../session/title";
import { useLive } from "../session/use-live";
import { words } from "../words";

const route = getRouteApi("/sessions/$sessionId");

export function SessionPage() {
  const { sessionId } = route.useParams();
  // Another session is another page: nothing of the one before stays.
  return <OneSession key={sessionId} sessionId={sessionId} />;
}

function OneSession({ sessionId }: { sessionId: string }) {
  const live = useLive(sessionId);
  const queries = useQueryClient();
  const navigate = useNavigate();
  const [error, setError] = useState<unknown>();
  const session = useQuery(sessionQuery(sessionId));
  // Its title, tokens and status change with its turns.
  useEffect(() => {
    if (live.isLoaded) void queries.invalidateQueries({ queryKey: ["session", sessionId] });
  }, [live.turnId, queries, sessionId]);
  const title = nameOf(session.data);
  useTitle(title);

  const forkAt = useCallback(
    (sequence: number, draft?: string) => {
      setError(undefined);
      fork(sessionId, sequence).then((id) => {
        if (draft !== undefined) keep("session", draftKey(id), draft);
        void navigate({ to: "/sessions/$sessionId", params: { sessionId: id } });
      }, setError);
    },
    [navigate, sessionId],
  );
  const items = live.items;
  const retry = useCallback(
    (turnId: string) => {
      const asked = items.find((item) => item.kind === "said" && item.turnId === turnId);
      if (asked?.kind === "said") say(sessionId, asked.content, "queue", randomHex()).catch(setError);
    },
    [items, sessionId],
  );

  if (live.problem !== undefined && !live.isLoaded) {
    return (
      <div className="p-4">
        <Trouble error={live.problem} onRetry={() => location.reload()} />
      </div>
    );
  }
  const isRunning = live.turnId !== undefined;
  const status = isRunning ? (live.waitingFor.size > 0 ? "waitingfortoolresults" : "active") : "idle";
  return (
    <div className="flex h-full flex-col">
      <SessionHeader sessionId={sessionId} session={session.data} title={title} status={status} />
      {live.isLoaded && items.length === 0 ? (
        <div className="flex-1 overflow-auto">
          <Empty {...words.chat.empty} />
        </div>
      ) : (
        <Thread
          sessionId={sessionId}
          items={items}
          hasOlder={live.hasOlder}
          isLoadingOlder={live.isLoadingOlder}
          problem={live.problem}
          loadOlder={live.loadOlder}
          onFork={forkAt}
          onRetry={retry}
        />
      )}
      <div className="flex flex-col gap-2 px-3 pb-3 sm:px-6">
        {live.link.state === "lost" && (
          <p role="status" className="mx-auto w-full max-w-3xl rounded-lg bg-wait-wash px-3 py-1.5 text-sm text-wait">
            {words.chat.link.lost}
          </p>
        )}
        {live.link.state === "refused" && <Trouble error={live.link.problem} onRetry={() => location.reload()} />}
        {error !== undefined && <Trouble error={error} />}
        <Composer
          draftKey={draftKey(sessionId)}
          isRunning={isRunning}
          onSend={(content, delivery, key) => say(sessionId, content, delivery, key)}
          onStop={() => cancel(sessionId)}
        />
      </div>
    </div>
  );
}

function draftKey(sessionId: string): string {
  return `draft-${sessionId}`;
}
