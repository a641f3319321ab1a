/** The settings of an agent as a form has them. */

import type { Schemas } from "../api/client";
import type { Field, Option, Values } from "../form/field";
import { words } from "../words";
import { wrongTools } from "./tools";

export type Agent = Schemas["AgentRow"];
type Ref = Schemas["CapabilityRef"];
type Tool = Schemas["ToolDefinition"];

const { fields: texts } = words.agent;

export interface Choices {
  models: Option[];
  harnesses: Option[];
  capabilities: Option[];
}

export function agentFields({ models, harnesses, capabilities }: Choices): Field[] {
  return [
    { kind: "text", name: "name", label: texts.name, help: texts.nameHelp, isRequired: true, most: 64 },
    { kind: "text", name: "display_name", label: texts.display_name, most: 500 },
    {
      kind: "long",
      name: "description",
      label: texts.description,
      help: texts.descriptionHelp,
      rows: 2,
      most: 10_000,
    },
    { kind: "long", name: "system_prompt", label: texts.system_prompt, help: texts.system_promptHelp, rows: 12 },
    {
      kind: "select",
      name: "default_model_id",
      label: texts.default_model_id,
      none: words.chat.defaultModel,
      options: models,
    },
    {
      kind: "select",
      name: "harness_id",
      label: texts.harness_id,
      help: texts.harness_idHelp,
      none: texts.noHarness,
      options: harnesses,
    },
    {
      kind: "references",
      name: "capabilities",
      label: texts.capabilities,
      help: texts.capabilitiesHelp,
      options: capabilities,
    },
    {
      kind: "json",
      name: "tools",
      label: texts.tools,
      help: texts.toolsHelp,
      rows: 8,
      empty: [],
      example: words.agent.tools.example,
      check: wrongTools,
    },
    {
      kind: "number",
      name: "max_iterations",
      label: texts.max_iterations,
      help: texts.max_iterationsHelp,
      least: 1,
      most: 4_294_967_295,
    },
    { kind: "tags", name: "tags", label: texts.tags },
  ];
}

export function valuesOf(agent: Partial<Agent>): Values {
  return { ...agent, capabilities: (agent.capabilities ?? []).map(({ ref }) => ref) };
}

/** What the form's values say to the API. Capabilities keep the settings that they have in `before`. */
export function settingsOf(values: Values, before: Ref[] = []) {
  return {
    name: text(values.name) ?? "",
    display_name: text(values.display_name),
    description: text(values.description),
    system_prompt: text(values.system_prompt) ?? "",
    default_model_id: text(values.default_model_id),
    harness_id: text(values.harness_id),
    capabilities: texted(values.capabilities).map((ref) => before.find((one) => one.ref === ref) ?? { ref }),
    tools: Array.isArray(values.tools) ? (values.tools as Tool[]) : [],
    max_iterations: typeof values.max_iterations === "number" ? values.max_iterations : null,
    tags: texted(values.tags),
  };
}

/** The fields that differ between two states of an agent, as the form calls them. */
export function differing(fields: Field[], before: Agent, after: Agent): string[] {
  const [old, now] = [valuesOf(before), valuesOf(after)];
  return fields.filter(({ name }) => JSON.stringify(old[name]) !== JSON.stringify(now[name])).map(({ label }) => label);
}

function text(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}

function texted(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}
