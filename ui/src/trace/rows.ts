/** The rows of a waterfall: its spans, one below the other, or those that somebody looks for. */

import type { Kind, Span, Status } from "./span";

export interface Row {
  span: Span;
  depth: number;
}

/** What is looked for; what is absent does not matter. */
export interface Wanted {
  kind?: string;
  status?: string;
  /** Whether the words that are searched for are in it. */
  has?: (span: Span) => boolean;
}

const KINDS: Record<string, Kind[]> = {
  model: ["model"],
  tool: ["act", "tool"],
  wait: ["client", "gap"],
  mark: ["mark"],
};

/** The spans that are wanted, each below those it is part of. */
export function rowsOf(root: Span, wanted: Wanted): Row[] {
  const rows: Row[] = [];
  const walk = (span: Span, depth: number): boolean => {
    const place = rows.push({ span, depth }) - 1;
    let isNeeded = isWanted(span, wanted);
    for (const child of span.children) isNeeded = walk(child, depth + 1) || isNeeded;
    if (!isNeeded) rows.length = place;
    return isNeeded;
  };
  walk(root, 0);
  return rows;
}

function isWanted(span: Span, { kind, status, has }: Wanted): boolean {
  if (kind !== undefined && KINDS[kind]?.includes(span.kind) !== true) return false;
  if (status !== undefined && span.status !== (status as Status)) return false;
  return has === undefined || has(span);
}
