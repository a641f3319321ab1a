/** All agents: found by words; archived ones on demand. */

import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { Copy, MessageSquarePlus, Plus, Trash2, Upload } from "lucide-react";
import { useState } from "react";

import { DeleteAgent } from "../agent/delete-agent";
import { ImportAgent } from "../agent/import-agent";
import { modelName } from "../agent/model-name";
import { nameOf } from "../agent/name";
import { modelsQuery } from "../api/queries";
import { api, must, type Schemas } from "../api/client";
import { Badge } from "../parts/badge";
import { Button } from "../parts/button";
import { MAIN_LINK } from "../parts/link-button";
import { ABOVE, List, PAGE_ROWS, ROW_LINK } from "../parts/list";
import { Trouble } from "../parts/trouble";
import { words } from "../words";

type Agent = Schemas["AgentRow"];

const route = getRouteApi("/agents");

export function Agents() {
  const { q = "", archived = false, page = 1 } = route.useSearch();
  const navigate = useNavigate({ from: "/agents" });
  const queries = useQueryClient();
  const [open, setOpen] = useState<{ deleting: Agent } | "import">();
  const found = useQuery({
    queryKey: ["agents", "list", q, archived, page],
    queryFn: () => must(api.GET("/v1/agents", { params: { query: wanted(q, archived, page) } })),
    placeholderData: keepPreviousData,
    refetchInterval: 10_000,
  });
  const models = useQuery(modelsQuery);
  const copying = useMutation({
    mutationFn: ({ id }: Agent) => must(api.POST("/v1/agents/{agent_id}/copy", { params: { path: { agent_id: id } } })),
    onSuccess: () => queries.invalidateQueries({ queryKey: ["agents"] }),
  });
  const change = (search: { q?: string; archived?: boolean }) =>
    void navigate({ search: (before) => ({ ...before, page: undefined, ...search }), replace: true });
  const toAgent = (agentId: string) => void navigate({ to: "/agents/$agentId", params: { agentId } });

  const row = (agent: Agent) => (
    <div className="flex items-center gap-2 px-3 py-2.5">
      <div className="flex min-w-0 flex-1 flex-col gap-0.5">
        <div className="flex min-w-0 items-center gap-2">
          <Link to="/agents/$agentId" params={{ agentId: agent.id }} className={`truncate ${ROW_LINK}`}>
            {nameOf(agent)}
          </Link>
          {agent.display_name && <span className="truncate text-sm text-soft max-sm:hidden">{agent.name}</span>}
          {agent.status === "archived" && <Badge>{words.agents.archived}</Badge>}
        </div>
        {agent.description && <p className="truncate text-sm text-soft">{agent.description}</p>}
        <p className="flex gap-3 text-xs text-soft">
          <span className="min-w-0 truncate">
            {agent.default_model_id
              ? modelName(agent.default_model_id, models.data?.data ?? [])
              : words.chat.defaultModel}
          </span>
          <span className="shrink-0">{words.agents.sessions(agent.session_count)}</span>
        </p>
      </div>
      <div className={`flex ${ABOVE}`}>
        <Link
          to="/chat"
          search={{ agent: agent.id }}
          aria-label={words.agents.chat(nameOf(agent))}
          title={words.agents.chat(nameOf(agent))}
          className="inline-flex size-8 items-center justify-center rounded-lg text-soft hover:bg-sunken hover:text-ink"
        >
          <MessageSquarePlus size={16} aria-hidden />
        </Link>
        <Button
          look="quiet"
          icon={<Copy size={16} aria-hidden />}
          label={words.agents.copy(nameOf(agent))}
          disabled={copying.isPending}
          onClick={() => copying.mutate(agent)}
        />
        <Button
          look="quiet"
          icon={<Trash2 size={16} aria-hidden />}
          label={words.agents.delete(nameOf(agent))}
          onClick={() => setOpen({ deleting: agent })}
        />
      </div>
    </div>
  );

  const newAgent = (
    <Link to="/agents/new" className={MAIN_LINK}>
      <Plus size={16} aria-hidden />
      {words.agents.new}
    </Link>
  );
  return (
    <>
      {copying.isError && (
        <div className="px-3 pt-3 sm:px-6">
          <Trouble error={copying.error} />
        </div>
      )}
      <List
        title={words.agents.title}
        actions={
          <>
            <Button icon={<Upload size={16} aria-hidden />} onClick={() => setOpen("import")}>
              {words.agents.import.do}
            </Button>
            {newAgent}
          </>
        }
        search={{ label: words.agents.search, value: q, onChange: (text) => change({ q: text || undefined }) }}
        filters={
          <label className="flex h-8 items-center gap-2 text-sm">
            <input
              type="checkbox"
              className="size-4 accent-accent"
              checked={archived}
              onChange={(event) => change({ archived: event.target.checked || undefined })}
            />
            {words.agents.showArchived}
          </label>
        }
        query={found}
        page={page}
        onPage={(next) => void navigate({ search: (before) => ({ ...before, page: next > 1 ? next : undefined }) })}
        row={row}
        empty={{ ...words.agents.empty, children: newAgent }}
        narrowed={q ? { ...words.agents.noMatch, onClear: () => change({ q: undefined }) } : undefined}
      />
      {open === "import" && <ImportAgent onDone={toAgent} onClose={() => setOpen(undefined)} />}
      {typeof open === "object" && <DeleteAgent agent={open.deleting} onClose={() => setOpen(undefined)} />}
    </>
  );
}

function wanted(q: string, archived: boolean, page: number) {
  return {
    search: q || undefined,
    include_archived: archived || undefined,
    offset: (page - 1) * PAGE_ROWS,
    limit: PAGE_ROWS,
  };
}
