/** All sessions: found by words, status and agent; pinned ones first. */

import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { Pin, PinOff, Trash2 } from "lucide-react";
import { useState } from "react";

import { api, must, type Schemas } from "../api/client";
import { agentsQuery } from "../api/queries";
import { nameOf as nameOfAgent } from "../agent/name";
import { Button } from "../parts/button";
import { Choice } from "../parts/choice";
import { count } from "../parts/count";
import { MAIN_LINK } from "../parts/link-button";
import { ABOVE, List, PAGE_ROWS, ROW_LINK } from "../parts/list";
import { SessionStatus } from "../parts/session-status";
import { Time } from "../parts/time";
import { Trouble } from "../parts/trouble";
import { DeleteSession } from "../session/delete-session";
import { nameOf, titleOf } from "../session/title";
import { words } from "../words";

type Session = Schemas["Session"];

const route = getRouteApi("/sessions");
const STATUSES = ["active", "waitingfortoolresults", "idle", "started"];

export function Sessions() {
  const { q = "", status = "", agent = "", page = 1 } = route.useSearch();
  const navigate = useNavigate({ from: "/sessions" });
  const [leaving, setLeaving] = useState<Session>();
  const found = useQuery({
    queryKey: ["sessions", q, status, agent, page],
    queryFn: () => must(api.GET("/v1/sessions", { params: { query: wanted(q, status, agent, page) } })),
    placeholderData: keepPreviousData,
    refetchInterval: 3_000,
  });
  const agents = useQuery(agentsQuery(true));
  const names = new Map(agents.data?.data.map((one) => [one.id, nameOfAgent(one)]));
  const pin = usePin();
  const change = (search: { q?: string; status?: string; agent?: string }) =>
    void navigate({ search: (before) => ({ ...before, page: undefined, ...search }), replace: true });

  const row = (session: Session) => (
    <div className="flex items-center gap-2 px-3 py-2.5">
      <div className="flex min-w-0 flex-1 flex-col gap-1 sm:flex-row sm:items-center sm:gap-3">
        <div className="flex min-w-0 flex-1 items-center gap-2">
          {session.is_pinned && <Pin size={14} role="img" aria-label={words.sessions.pinned} className="shrink-0" />}
          <Link
            to="/sessions/$sessionId"
            params={{ sessionId: session.id }}
            className={`truncate ${ROW_LINK} ${titleOf(session) ? "" : "text-soft"}`}
          >
            {nameOf(session)}
          </Link>
        </div>
        <div className="flex min-w-0 items-center gap-3 text-sm text-soft">
          <span className="min-w-0 truncate sm:w-32">
            {session.agent_id ? (names.get(session.agent_id) ?? session.agent_id) : words.chat.noAgent}
          </span>
          <span className="shrink-0 sm:w-24">
            <SessionStatus status={session.status} />
          </span>
          <span className="shrink-0 tabular-nums max-md:hidden md:w-28 md:text-right">
            {words.sessions.tokens(tokens(session))}
          </span>
          <span className="shrink-0 sm:w-24 sm:text-right">
            <Time at={session.updated_at} />
          </span>
        </div>
      </div>
      <div className={`flex ${ABOVE}`}>
        <Button
          look="quiet"
          icon={session.is_pinned ? <PinOff size={16} aria-hidden /> : <Pin size={16} aria-hidden />}
          label={(session.is_pinned ? words.sessions.unpin : words.sessions.pin)(nameOf(session))}
          disabled={pin.isPending}
          onClick={() => pin.mutate(session)}
        />
        <Button
          look="quiet"
          icon={<Trash2 size={16} aria-hidden />}
          label={words.sessions.delete(nameOf(session))}
          onClick={() => setLeaving(session)}
        />
      </div>
    </div>
  );

  return (
    <>
      {pin.isError && (
        <div className="px-3 pt-3 sm:px-6">
          <Trouble error={pin.error} />
        </div>
      )}
      <List
        title={words.sessions.title}
        actions={<NewChatLink />}
        search={{ label: words.sessions.search, value: q, onChange: (text) => change({ q: text || undefined }) }}
        filters={
          <>
            <Choice
              label={words.sessions.status}
              none={words.sessions.anyStatus}
              value={status}
              all={STATUSES.map((one) => [one, words.session.status[one] ?? one])}
              onChange={(one) => change({ status: one || undefined })}
            />
            <Choice
              label={words.sessions.agent}
              none={words.sessions.anyAgent}
              value={agent}
              all={[...names]}
              onChange={(one) => change({ agent: one || undefined })}
            />
          </>
        }
        query={found}
        page={page}
        onPage={(next) => void navigate({ search: (before) => ({ ...before, page: next > 1 ? next : undefined }) })}
        row={row}
        empty={{ ...words.sessions.empty, children: <NewChatLink /> }}
        narrowed={
          q || status || agent
            ? {
                ...words.sessions.noMatch,
                onClear: () => change({ q: undefined, status: undefined, agent: undefined }),
              }
            : undefined
        }
      />
      {leaving && <DeleteSession session={leaving} onClose={() => setLeaving(undefined)} />}
    </>
  );
}

function wanted(q: string, status: string, agent: string, page: number) {
  return {
    search: q || undefined,
    status: status ? [status] : undefined,
    agent_id: agent || undefined,
    pinned_first: true,
    offset: (page - 1) * PAGE_ROWS,
    limit: PAGE_ROWS,
  };
}

/** Pins a session, or takes its pin away. */
function usePin() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ id, is_pinned }: Session) => {
      const which = { params: { path: { session_id: id } } };
      return must(
        is_pinned
          ? api.DELETE("/v1/sessions/{session_id}/pin", which)
          : api.PUT("/v1/sessions/{session_id}/pin", which),
      );
    },
    onSettled: () => queries.invalidateQueries({ queryKey: ["sessions"] }),
  });
}

function NewChatLink() {
  return (
    <Link to="/chat" className={MAIN_LINK}>
      {words.chat.new}
    </Link>
  );
}

function tokens({ usage }: Session): string {
  return count((usage?.input_tokens ?? 0) + (usage?.output_tokens ?? 0));
}
