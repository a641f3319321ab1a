/** What tokens cost, as far as the server knows the price of their model. */

import { useQuery } from "@tanstack/react-query";

import type { Schemas } from "../api/client";
import { modelsQuery } from "../api/queries";
import type { Usage } from "../session/event";
import { words } from "../words";
import type { Span } from "./span";

type Price = Schemas["Cost"];

/** Prices by the model's id, US dollars for a million tokens. */
export function usePrices(): ReadonlyMap<string, Price> {
  const models = useQuery({
    ...modelsQuery,
    staleTime: Infinity,
    select: (page) => new Map(page.data.flatMap(({ id, profile }) => (profile?.cost ? [[id, profile.cost] as const] : []))),
  });
  return models.data ?? NONE;
}

const NONE: ReadonlyMap<string, Price> = new Map();

export interface Cost {
  dollars: number;
  /** Whether tokens of a cache are in it, whose lower price is not known. */
  isAtMost: boolean;
}

/** What the model calls of a span cost; nothing if a price is missing, or no tokens were used. */
export function costOf(span: Span, prices: ReadonlyMap<string, Price>): Cost | undefined {
  if (span.kind === "model") return costOfCall(span.usage, prices.get(span.modelId ?? ""));
  if (span.kind !== "turn") return undefined;
  const calls = span.children.filter((child) => child.usage !== undefined);
  const costs = calls.map((call) => costOf(call, prices));
  if (costs.length === 0 || costs.some((cost) => cost === undefined)) return undefined;
  return {
    dollars: costs.reduce((sum, cost) => sum + (cost?.dollars ?? 0), 0),
    isAtMost: costs.some((cost) => cost?.isAtMost === true),
  };
}

function costOfCall(usage: Usage | undefined, price: Price | undefined): Cost | undefined {
  if (usage === undefined || price === undefined) return undefined;
  const cached = (usage.cache_read_tokens ?? 0) + (usage.cache_creation_tokens ?? 0);
  const dollars = ((usage.input_tokens + cached) * price.input + usage.output_tokens * price.output) / 1e6;
  return { dollars, isAtMost: cached > 0 };
}

/** What is less is not worth its digits, US dollars. */
const LEAST = 0.000001;

export function costText({ dollars, isAtMost }: Cost): string {
  const digits = dollars === 0 || dollars >= 1 ? 2 : Math.min(6, 1 - Math.floor(Math.log10(dollars)));
  const text = dollars > 0 && dollars < LEAST ? `< $${LEAST.toFixed(6)}` : `$${dollars.toFixed(digits)}`;
  return isAtMost ? words.trace.costAtMost(text) : text;
}
