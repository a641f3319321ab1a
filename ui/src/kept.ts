/** What this browser keeps for the page. It may keep nothing, or have no room; then a thing lasts until the page is closed. */

type Place = "session" | "always";

function placed(place: Place): Storage {
  return place === "session" ? sessionStorage : localStorage;
}

export function kept(place: Place, key: string): string | undefined {
  try {
    return placed(place).getItem(key) ?? undefined;
  } catch {
    return undefined;
  }
}

/** Keeps a text; without one forgets it. */
export function keep(place: Place, key: string, text: string | undefined): void {
  try {
    if (text === undefined) placed(place).removeItem(key);
    else placed(place).setItem(key, text);
  } catch {
    // Storage is forbidden or full; what is on the page stays on it.
  }
}
