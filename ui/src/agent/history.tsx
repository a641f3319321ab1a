/** What an agent was: its revisions, what each changed, and the way back. */

import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { RotateCcw } from "lucide-react";
import { useState } from "react";

import { api, must, type Schemas } from "../api/client";
import { Badge } from "../parts/badge";
import { Button } from "../parts/button";
import { Time } from "../parts/time";
import { Trouble } from "../parts/trouble";
import { words } from "../words";
import { restoreRevision } from "./calls";
import { Difference } from "./difference";

const texts = words.agent.history;
const ROWS = 20;

interface Props {
  agentId: string;
  /** Whether there are changes that a restore would drop. */
  isDirty: boolean;
}

export function History({ agentId, isDirty }: Props) {
  const [isOpen, setOpen] = useState(false);
  return (
    <details className="panel" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary className="px-3 py-2 font-medium">{texts.title}</summary>
      {isOpen && <Revisions agentId={agentId} isDirty={isDirty} />}
    </details>
  );
}

function Revisions({ agentId, isDirty }: Props) {
  const [limit, setLimit] = useState(ROWS);
  const queries = useQueryClient();
  const params = { path: { agent_id: agentId }, query: { limit } };
  const found = useQuery({
    queryKey: ["agent", agentId, "revisions", limit],
    queryFn: () => must(api.GET("/v1/agents/{agent_id}/revisions", { params })),
    placeholderData: keepPreviousData,
  });
  const restoring = useMutation({
    mutationFn: (version: number) => restoreRevision(agentId, version),
    onSuccess: () =>
      Promise.all([
        queries.invalidateQueries({ queryKey: ["agent", agentId] }),
        queries.invalidateQueries({ queryKey: ["agents"] }),
      ]),
  });
  if (found.isError) return <Trouble error={found.error} onRetry={() => void found.refetch()} />;
  if (found.isPending) return <p className="px-3 pb-3 text-soft">{words.doing.loading}</p>;
  const { data: rows, total } = found.data;
  return (
    <div className="flex flex-col border-t">
      {isDirty && <p className="px-3 py-2 text-sm text-wait">{texts.saveFirst}</p>}
      {restoring.isError && <Trouble error={restoring.error} />}
      <ul className="divide-y">
        {rows.map((row, index) => (
          <li key={row.version}>
            <Revision
              agentId={agentId}
              row={row}
              isNow={index === 0}
              canRestore={!isDirty && !restoring.isPending}
              onRestore={() => restoring.mutate(row.version)}
            />
          </li>
        ))}
      </ul>
      {/* A page has 100 rows at most. */}
      {rows.length < Math.min(total, 100) && (
        <Button look="quiet" className="m-2 self-center" onClick={() => setLimit(limit + ROWS)}>
          {words.doing.more}
        </Button>
      )}
    </div>
  );
}

interface RevisionProps {
  agentId: string;
  row: Schemas["RevisionRow"];
  isNow: boolean;
  canRestore: boolean;
  onRestore(): void;
}

function Revision({ agentId, row, isNow, canRestore, onRestore }: RevisionProps) {
  const [isOpen, setOpen] = useState(false);
  return (
    <div className="flex flex-col gap-1 px-3 py-2">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <span className="font-medium">{texts.revision(row.version)}</span>
        {isNow && <Badge tone="good">{texts.now}</Badge>}
        {row.status === "archived" && <Badge>{words.agents.archived}</Badge>}
        <span className="text-sm text-soft">
          <Time at={row.created_at} />
        </span>
        {!isNow && (
          <Button
            className="ml-auto"
            icon={<RotateCcw size={14} aria-hidden />}
            disabled={!canRestore}
            onClick={onRestore}
          >
            {texts.restore}
          </Button>
        )}
      </div>
      {row.change_reason && <p className="text-sm break-words">{row.change_reason}</p>}
      {row.version === 1 ? (
        <p className="text-sm text-soft">{texts.first}</p>
      ) : (
        <details onToggle={(event) => setOpen(event.currentTarget.open)}>
          <summary className="w-fit py-0.5 text-sm text-accent">{texts.changes}</summary>
          {isOpen && <Changes agentId={agentId} version={row.version} />}
        </details>
      )}
    </div>
  );
}

/** What a revision changed of the one before it. */
function Changes({ agentId, version }: { agentId: string; version: number }) {
  const path = { agent_id: agentId, from: version - 1, to: version };
  const found = useQuery({
    queryKey: ["agent", agentId, "diff", version],
    queryFn: () => must(api.GET("/v1/agents/{agent_id}/revisions/{from}/diff/{to}", { params: { path } })),
    staleTime: Infinity,
  });
  if (found.isError) return <Trouble error={found.error} onRetry={() => void found.refetch()} />;
  if (found.isPending) return <p className="text-sm text-soft">{words.doing.loading}</p>;
  if (found.data.differences.length === 0) return <p className="text-sm text-soft">{texts.none}</p>;
  return (
    <div className="mt-1 flex flex-col gap-3">
      {found.data.differences.map((one) => (
        <Difference key={one.path} {...one} />
      ))}
    </div>
  );
}
