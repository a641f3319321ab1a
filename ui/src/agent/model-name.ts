import type { Schemas } from "../api/client";

type Model = Schemas["ModelRow"];

/** How an agent's model is called for people; its own words, if the list has no such model. */
export function modelName(said: string, models: Model[]): string {
  return models.find((one) => namesOf(one).includes(said))?.display_name ?? said;
}

/** The texts that mean the model. */
export function namesOf({ id, model_id, provider_id, provider_name, provider_type }: Model): string[] {
  return [id, ...[provider_id, provider_type, provider_name].map((provider) => `${provider}/${model_id}`), model_id];
}
