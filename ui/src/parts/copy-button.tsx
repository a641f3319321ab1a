import { Check, Copy } from "lucide-react";
import { useEffect, useState } from "react";

import { words } from "../words";
import { Button } from "./button";

/** Copies `text`, and says so for a moment. */
export function CopyButton({ text, label = words.doing.copy }: { text: string; label?: string }) {
  const [isDone, setDone] = useState(false);
  useEffect(() => {
    if (!isDone) return;
    const timer = setTimeout(() => setDone(false), 1500);
    return () => clearTimeout(timer);
  }, [isDone]);
  // Browsers let pages copy over HTTPS and on this machine alone.
  if (!("clipboard" in navigator)) return null;
  const copy = async () => {
    await navigator.clipboard.writeText(text);
    setDone(true);
  };
  const Icon = isDone ? Check : Copy;
  return (
    <Button
      look="quiet"
      className="size-6!"
      icon={<Icon size={14} aria-hidden />}
      label={isDone ? words.doing.copied : label}
      onClick={() => void copy()}
    />
  );
}
