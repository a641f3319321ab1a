import { useQuery } from "@tanstack/react-query";

import { api, must } from "../api/client";
import { modelsQuery } from "../api/queries";
import { namesOf } from "./model-name";
import { nameOf } from "./name";
import type { Choices } from "./settings";

const query = { limit: 100 };

/** What an agent can be made of on this server. `model`: what the agent calls its model, which stays as it is. */
export function useChoices(model?: string | null): Choices & { error: unknown; retry(): void } {
  const models = useQuery(modelsQuery);
  const harnesses = useQuery({
    queryKey: ["harnesses", "all"],
    queryFn: () => must(api.GET("/v1/harnesses", { params: { query } })),
  });
  const capabilities = useQuery({
    queryKey: ["capabilities", "all"],
    queryFn: () => must(api.GET("/v1/capabilities", { params: { query } })),
  });
  const all = [models, harnesses, capabilities];
  return {
    models: (models.data?.data ?? []).map((one) => ({
      value: model && namesOf(one).includes(model) ? model : one.id,
      label: `${one.display_name} (${one.provider_name})`,
    })),
    harnesses: (harnesses.data?.data ?? []).map((one) => ({ value: one.id, label: nameOf(one) })),
    capabilities: (capabilities.data?.data ?? []).map((one) => ({
      value: one.id,
      label: one.name,
      what: one.description,
    })),
    error: all.find(({ isError }) => isError)?.error,
    retry: () => all.forEach((one) => void (one.isError && one.refetch())),
  };
}
