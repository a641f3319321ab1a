import { Search } from "lucide-react";
import { useEffect, useState } from "react";

import { useSettled } from "./use-settled";

interface Props {
  label: string;
  /** What is looked for; it lives with the caller, mostly in the page's address. */
  value: string;
  onChange(value: string): void;
}

/** Where people type what they look for. Tells it when they pause, so that not every letter is asked for. */
export function SearchField({ label, value, onChange }: Props) {
  const [typed, setTyped] = useState(value);
  const settled = useSettled(typed, 200);
  useEffect(() => {
    if (settled !== value) onChange(settled);
    // Only what was typed goes out; what comes in is below.
  }, [settled]);
  useEffect(() => {
    if (settled !== value) setTyped(value);
  }, [value]);
  return (
    <div className="relative min-w-48 flex-1 max-sm:basis-full">
      <Search size={16} aria-hidden className="absolute top-1/2 left-2.5 -translate-y-1/2 text-soft" />
      <input
        type="search"
        aria-label={label}
        placeholder={label}
        data-main-field
        className="field pl-8!"
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
      />
    </div>
  );
}
