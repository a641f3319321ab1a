import { Ellipsis } from "lucide-react";
import { useEffect, useRef, type ReactNode } from "react";

/** Things that are done seldom, behind one button. Each child is a button or a link; one that was used closes it. */
export function Menu({ label, children }: { label: string; children: ReactNode }) {
  const element = useRef<HTMLDetailsElement>(null);
  useEffect(() => {
    const close = (event: Event) => {
      const menu = element.current;
      if (menu?.open !== true) return;
      const isEscape = event instanceof KeyboardEvent && event.key === "Escape";
      const isElsewhere = event.type === "pointerdown" && !menu.contains(event.target as Node);
      if (!isEscape && !isElsewhere) return;
      menu.open = false;
      if (isEscape) menu.querySelector("summary")?.focus();
    };
    document.addEventListener("pointerdown", close);
    document.addEventListener("keydown", close);
    return () => {
      document.removeEventListener("pointerdown", close);
      document.removeEventListener("keydown", close);
    };
  }, []);
  return (
    <details ref={element} className="relative">
      <summary
        aria-label={label}
        title={label}
        className="flex size-8 list-none items-center justify-center rounded-lg text-soft hover:bg-sunken hover:text-ink [&::-webkit-details-marker]:hidden"
      >
        <Ellipsis size={16} aria-hidden />
      </summary>
      <div
        className="panel absolute right-0 z-10 mt-1 flex w-56 flex-col p-1 shadow-lg"
        onClick={() => element.current && (element.current.open = false)}
      >
        {children}
      </div>
    </details>
  );
}

/** How a line of a menu looks. */
export const MENU_LINE =
  "flex min-h-8 w-full items-center gap-2 rounded-lg px-2.5 py-1.5 text-left text-sm hover:bg-sunken";
