import { words } from "../words";

const texts = words.agent.tools;

/** What is wrong with a list of client-side tools, if anything is. */
export function wrongTools(said: unknown): string | undefined {
  if (!Array.isArray(said)) return texts.notList;
  const names = new Set<string>();
  for (const [index, tool] of (said as unknown[]).entries()) {
    const place = index + 1;
    if (typeof tool !== "object" || tool === null || Array.isArray(tool)) return texts.notObject(place);
    const { name, description, parameters } = tool as Record<string, unknown>;
    if (typeof name !== "string" || name === "") return texts.missing(place, "name");
    if (!/^[A-Za-z0-9_.-]+$/.test(name)) return texts.badName(name);
    if (names.has(name)) return texts.twice(name);
    names.add(name);
    if (typeof description !== "string") return texts.missing(place, "description");
    if (typeof parameters !== "object" || parameters === null) return texts.missing(place, "parameters");
  }
  return undefined;
}
