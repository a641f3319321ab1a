import { api, must, type Schemas } from "../api/client";
import { Deletion } from "../parts/deletion";
import { words } from "../words";
import { nameOf } from "./name";

const { deletion } = words.agents;

interface Props {
  agent: Schemas["AgentRow"];
  onClose(): void;
  /** When it is gone. */
  onGone?(): void;
}

/** Asks whether the agent shall go, and says what goes with it. */
export function DeleteAgent({ agent, ...rest }: Props) {
  const params = { path: { agent_id: agent.id } };
  return (
    <Deletion
      title={deletion.title}
      doing={() => must(api.DELETE("/v1/agents/{agent_id}", { params }))}
      list="agents"
      {...rest}
    >
      <p className="font-medium break-words">{nameOf(agent)}</p>
      <p>{deletion.lost}</p>
      {agent.session_count > 0 && <p>{deletion.sessions(agent.session_count)}</p>}
      {agent.status === "active" && <p className="text-soft">{deletion.archive}</p>}
    </Deletion>
  );
}
