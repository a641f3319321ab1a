import { useEffect, useState } from "react";

import { keep, kept } from "../kept";

/** A text that outlives a reload, and being out of sight, until it is emptied. */
export function useKept(key: string): [string, (to: string | ((now: string) => string)) => void] {
  const [text, setText] = useState(() => kept("session", key) ?? "");
  useEffect(() => keep("session", key, text || undefined), [key, text]);
  return [text, setText];
}
