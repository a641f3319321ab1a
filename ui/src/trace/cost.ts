/** What tokens cost, as the server counted it. */

import type { Span } from "./span";

/** What the model calls of a span cost, US dollars; nothing if the price of one was not known, or there were none. */
export function costOf(span: Span): number | undefined {
  if (span.kind === "model") return span.usage?.effective_cost_usd ?? undefined;
  if (span.kind !== "turn") return undefined;
  const costs = span.children.filter((child) => child.usage !== undefined).map(costOf);
  if (costs.length === 0) return undefined;
  return costs.reduce((sum, cost) => (sum === undefined || cost === undefined ? undefined : sum + cost), 0);
}

/** What is less is not worth its digits, US dollars. */
const LEAST = 0.000001;

export function costText(dollars: number): string {
  if (dollars > 0 && dollars < LEAST) return `< $${LEAST.toFixed(6)}`;
  const digits = dollars === 0 || dollars >= 1 ? 2 : Math.min(6, 1 - Math.floor(Math.log10(dollars)));
  return `$${dollars.toFixed(digits)}`;
}
