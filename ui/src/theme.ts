/** Light, dark, or what the system says; kept in this browser. */

import { keep } from "./kept";

export type Theme = "system" | "light" | "dark";

export function theme(): Theme {
  const chosen = document.documentElement.dataset.theme;
  return chosen === "light" || chosen === "dark" ? chosen : "system";
}

export function setTheme(theme: Theme): void {
  if (theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  keep("always", "theme", theme === "system" ? undefined : theme);
}

/** Whether dark colours are shown right now. */
export function isDark(): boolean {
  const chosen = theme();
  return chosen === "dark" || (chosen === "system" && matchMedia("(prefers-color-scheme: dark)").matches);
}
