/** The keys that work on every page. Those that are one letter can be switched off: speech and unsteady hands hit them. */

import { useNavigate } from "@tanstack/react-router";
import { useEffect } from "react";

import { keep, kept } from "./kept";

/** Where the browser remembers that they are off. */
const OFF = "everruns-letters-off";
/** The second key of two follows within this time. */
const SECOND_KEY_MS = 1500;

export function areLettersOn(): boolean {
  return kept("always", OFF) === undefined;
}

export function setLetters(areOn: boolean): void {
  keep("always", OFF, areOn ? undefined : "1");
}

function isField(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(target.tagName))
  );
}

/** The keys that work on every page. */
export function useKeys(open: (what: "palette" | "shortcuts") => void): void {
  const navigate = useNavigate();
  useEffect(() => {
    let gAt = -Infinity;
    const press = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey)) {
        event.preventDefault();
        return open("palette");
      }
      if (
        event.ctrlKey ||
        event.metaKey ||
        event.altKey ||
        !areLettersOn() ||
        isField(event.target) ||
        document.querySelector("dialog[open]")
      )
        return;
      const isAfterG = event.timeStamp - gAt < SECOND_KEY_MS;
      const place = isAfterG ? { h: "/", s: "/sessions", a: "/agents" }[event.key] : undefined;
      gAt = event.key === "g" ? event.timeStamp : -Infinity;
      if (place) return void navigate({ to: place });
      if (event.key === "?") return open("shortcuts");
      if (event.key === "n") return void navigate({ to: "/chat" });
      if (event.key === "/") {
        const field = document.querySelector<HTMLElement>("[data-main-field]");
        if (field) event.preventDefault();
        field?.focus();
      }
    };
    window.addEventListener("keydown", press);
    return () => window.removeEventListener("keydown", press);
  }, [navigate, open]);
}
