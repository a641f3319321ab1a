import { useMutation, useQueryClient } from "@tanstack/react-query";

import { api, must, type Schemas } from "../api/client";
import { Confirm } from "../parts/confirm";
import { words } from "../words";
import { nameOf } from "./name";

const { deletion } = words.agents;

interface Props {
  agent: Schemas["AgentRow"];
  onClose(): void;
  onGone?(): void;
}

/** Asks whether the agent shall go, and says what goes with it. */
export function DeleteAgent({ agent, onClose, onGone }: Props) {
  const queries = useQueryClient();
  const deleting = useMutation({
    mutationFn: () => must(api.DELETE("/v1/agents/{agent_id}", { params: { path: { agent_id: agent.id } } })),
    onSuccess: async () => {
      onGone?.();
      onClose();
      await queries.invalidateQueries({ queryKey: ["agents"] });
    },
  });
  return (
    <Confirm
      title={deletion.title}
      yes={words.doing.delete}
      doing={deleting}
      onYes={() => deleting.mutate()}
      onClose={onClose}
    >
      <p className="font-medium break-words">{nameOf(agent)}</p>
      <p>{deletion.lost}</p>
      {agent.session_count > 0 && <p>{deletion.sessions(agent.session_count)}</p>}
      {agent.status === "active" && <p className="text-soft">{deletion.archive}</p>}
    </Confirm>
  );
}
