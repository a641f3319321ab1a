import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";

import { api, must } from "../api/client";
import { Button } from "../parts/button";
import { Trouble } from "../parts/trouble";
import { isPiece, PIECES, type Event } from "../session/event";
import { words } from "../words";
import { EventList } from "./event-list";
import type { Span } from "./span";

const PAGE = 100;
/** So many before the one that a link leads to. */
const BEFORE = 20;

/** The pieces of text of a model call: read on demand, or when a link leads to one of them. */
export function Pieces({
  sessionId,
  turn,
  span,
  target,
}: {
  sessionId: string;
  turn: Span;
  span: Span;
  target?: Event;
}) {
  const isLinked = target !== undefined && isPieceOf(target, span);
  const [isWanted, setWanted] = useState(false);
  const begin = span.events[0]?.sequence ?? 0;
  const first = isLinked ? Math.max(begin, target.sequence - BEFORE) : begin;
  const pieces = useInfiniteQuery({
    queryKey: ["trace", sessionId, "pieces", span.execId, first],
    queryFn: ({ pageParam }) => page(sessionId, span.execId ?? "", pageParam),
    initialPageParam: first,
    getNextPageParam: (last) => (last.length < PAGE ? undefined : last.at(-1)?.sequence),
    enabled: isWanted || isLinked,
  });
  if (!isWanted && !isLinked) {
    return (
      <div>
        <Button onClick={() => setWanted(true)}>{words.trace.events.pieces}</Button>
      </div>
    );
  }
  if (pieces.error) return <Trouble error={pieces.error} onRetry={() => void pieces.refetch()} />;
  const events = pieces.data?.pages.flat() ?? [];
  return (
    <div className="flex flex-col gap-2">
      <EventList
        title={words.trace.events.piecesTitle(events.length)}
        sessionId={sessionId}
        turn={turn}
        events={events}
        target={target}
      />
      {(pieces.hasNextPage || pieces.isFetching) && (
        <div>
          <Button disabled={pieces.isFetching} onClick={() => void pieces.fetchNextPage()}>
            {pieces.isFetching ? words.doing.loading : words.trace.events.morePieces}
          </Button>
        </div>
      )}
    </div>
  );
}

function isPieceOf(event: Event, span: Span): boolean {
  return isPiece(event) && event.context.exec_id === span.execId;
}

async function page(sessionId: string, execId: string, after: number): Promise<Event[]> {
  const query = { exec_id: execId, types: [...PIECES], after_sequence: after, limit: PAGE };
  const params = { path: { session_id: sessionId }, query };
  return (await must(api.GET("/v1/sessions/{session_id}/events", { params }))).data;
}
