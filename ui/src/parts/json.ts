/** JSON as people read it. */

/** Nested deeper than this, lines and their indents would be many times the data. */
const DEPTH_MAX = 50;

/** Indented, unless it is nested too deep for that. */
export function pretty(value: unknown): string {
  const plain = JSON.stringify(value) ?? "";
  return depthOf(plain) > DEPTH_MAX ? plain : JSON.stringify(value, null, 2);
}

/** The same of a text that is an object or a list of JSON; none of any other. */
export function prettyText(text: string): string | undefined {
  if (!/^\s*[[{]/.test(text)) return undefined;
  if (depthOf(text) > DEPTH_MAX) return text;
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return undefined;
  }
}

/** How deep brackets nest at most; those in texts count, too, which does no harm. */
function depthOf(json: string): number {
  let [depth, deepest] = [0, 0];
  for (const char of json) {
    if (char === "[" || char === "{") deepest = Math.max(deepest, ++depth);
    else if (char === "]" || char === "}") depth--;
  }
  return deepest;
}
