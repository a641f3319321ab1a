/** An agent: a new one, or one to read and change. */

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi, useNavigate } from "@tanstack/react-router";

import { Assembled } from "../agent/assembled";
import { makeAgent, readAgent } from "../agent/calls";
import { EditAgent } from "../agent/edit-agent";
import { agentFields, settingsOf } from "../agent/settings";
import { useChoices } from "../agent/use-choices";
import type { Values } from "../form/field";
import { useForm } from "../form/use-form";
import { Form } from "../parts/form";
import { Heading } from "../parts/heading";
import { Trouble } from "../parts/trouble";
import { words } from "../words";

const route = getRouteApi("/agents/$agentId");
const newRoute = getRouteApi("/agents/new");

export function AgentPage() {
  const { agentId } = route.useParams();
  const found = useQuery({
    queryKey: ["agent", agentId],
    queryFn: () => readAgent(agentId),
    refetchInterval: 10_000,
  });
  // What is typed is not thrown away because the server is silent for a while.
  if (found.data) return <EditAgent key={agentId} newest={found.data} />;
  return (
    <div className="p-3 sm:p-6">
      {found.isError ? (
        <Trouble error={found.error} onRetry={() => void found.refetch()} />
      ) : (
        <p role="status" className="text-soft">
          {words.doing.loading}
        </p>
      )}
    </div>
  );
}

export function NewAgent() {
  const { example = false } = newRoute.useSearch();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const choices = useChoices();
  const fields = agentFields(choices);
  const form = useForm(fields, example ? { ...words.agent.example, capabilities: ["current_time"] } : {});
  const save = async (values: Values) => {
    const made = await makeAgent(settingsOf(values));
    queries.setQueryData(["agent", made.agent.id], made);
    void queries.invalidateQueries({ queryKey: ["agents"] });
    form.reset(values);
    await navigate({ to: "/agents/$agentId", params: { agentId: made.agent.id } });
  };
  return (
    <div className="mx-auto flex max-w-6xl flex-col gap-4 p-3 sm:p-6">
      <Heading title={words.agent.new} />
      {choices.error !== undefined && <Trouble error={choices.error} onRetry={choices.retry} />}
      <div className="grid gap-x-8 gap-y-6 lg:grid-cols-[minmax(0,1fr)_minmax(0,26rem)]">
        <Form label={words.agent.form} fields={fields} form={form} onSave={save} />
        <Assembled form={form} />
      </div>
    </div>
  );
}
