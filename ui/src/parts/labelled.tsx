import type { ReactNode } from "react";

/** Something under a small word for what it is. */
export function Labelled({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div>
      <p className="text-xs font-medium text-soft">{label}</p>
      {children}
    </div>
  );
}
