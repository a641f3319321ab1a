/** What stands around every page: where to go, and the keys that work everywhere. */

import { Link, Outlet, useRouterState } from "@tanstack/react-router";
import { Bot, House, Keyboard, MessagesSquare, Monitor, Moon, Plus, Search, Sun } from "lucide-react";
import { lazy, Suspense, useEffect, useState, type ReactNode } from "react";

import { useKeys } from "./keys";
import { Button } from "./parts/button";
import { Dialog } from "./parts/dialog";
import { MAIN_LINK } from "./parts/link-button";
import { Shortcuts } from "./parts/shortcuts";
import { SignedIn } from "./parts/signed-in";
import { Bulkhead } from "./parts/trouble";
import { setTheme, theme, type Theme } from "./theme";
import { words } from "./words";

const loadPalette = () => import("./palette");
const Palette = lazy(loadPalette);

const PLACES = [
  { to: "/", icon: <House size={16} aria-hidden />, text: words.nav.home },
  { to: "/sessions", icon: <MessagesSquare size={16} aria-hidden />, text: words.nav.sessions },
  { to: "/agents", icon: <Bot size={16} aria-hidden />, text: words.nav.agents },
] as const;

export function Shell() {
  const [open, setOpen] = useState<"palette" | "shortcuts">();
  const [typed, setTyped] = useState("");
  const close = () => {
    setOpen(undefined);
    setTyped("");
  };
  useKeys(setOpen);
  useEffect(() => {
    // Its code is large; whoever presses Ctrl-K shall not wait for it.
    const timer = setTimeout(() => void loadPalette(), 1000);
    return () => clearTimeout(timer);
  }, []);
  // The page that is shown, not the one whose code is still on its way.
  const path = useRouterState({ select: (state) => state.resolvedLocation?.pathname ?? state.location.pathname });
  return (
    <div className="flex h-full flex-col md:flex-row">
      <a href="#content" className="sr-only focus:not-sr-only focus:absolute focus:z-10 focus:bg-panel focus:p-2">
        {words.skip}
      </a>
      <header className="flex shrink-0 items-center gap-1 border-b bg-panel px-2 py-1.5 md:w-52 md:flex-col md:items-stretch md:border-r md:border-b-0 md:p-3">
        <Link to="/" className="mr-1 flex items-center gap-2 px-1.5 font-semibold md:mb-3">
          <img src="/icon.svg" alt="" className="size-6" />
          <span className="max-sm:sr-only">{words.product}</span>
        </Link>
        <Link to="/chat" className={`${MAIN_LINK} max-md:order-last max-md:px-2!`}>
          <Plus size={16} aria-hidden />
          <span className="max-sm:sr-only">{words.chat.new}</span>
        </Link>
        <nav aria-label={words.nav.main} className="flex flex-1 gap-0.5 md:mt-2 md:flex-col">
          {PLACES.map((place) => (
            <Place key={place.to} {...place} />
          ))}
        </nav>
        <div className="flex gap-0.5 md:flex-wrap">
          <Button
            look="quiet"
            icon={<Search size={16} aria-hidden />}
            label={words.nav.palette}
            onClick={() => setOpen("palette")}
          />
          <ThemeSwitch />
          {path !== "/sign-in" && <SignedIn />}
          <Button
            look="quiet"
            className="max-md:hidden"
            icon={<Keyboard size={16} aria-hidden />}
            label={words.nav.shortcuts}
            onClick={() => setOpen("shortcuts")}
          />
          <a href="/docs/" className="px-2 py-1.5 text-xs text-soft underline-offset-2 hover:underline max-md:hidden">
            {words.nav.docs}
          </a>
        </div>
      </header>
      <main id="content" tabIndex={-1} className="min-h-0 min-w-0 flex-1 overflow-auto outline-none">
        <Bulkhead key={path}>
          <Outlet />
        </Bulkhead>
      </main>
      {open === "palette" && (
        <Dialog title={words.palette.title} isTitleHidden onClose={close}>
          <Bulkhead>
            <Suspense fallback={<Waiting typed={typed} onType={setTyped} />}>
              <Palette typed={typed} onType={setTyped} onClose={close} onShortcuts={() => setOpen("shortcuts")} />
            </Suspense>
          </Bulkhead>
        </Dialog>
      )}
      {open === "shortcuts" && <Shortcuts onClose={() => setOpen(undefined)} />}
    </div>
  );
}

/** Takes what is typed until the palette is there: it must not end up in the field behind. */
function Waiting({ typed, onType }: { typed: string; onType(text: string): void }) {
  return (
    <input
      className="field"
      autoFocus
      aria-label={words.palette.title}
      value={typed}
      onChange={(event) => onType(event.target.value)}
    />
  );
}

function Place({ to, icon, text }: { to: (typeof PLACES)[number]["to"]; icon: ReactNode; text: string }) {
  return (
    <Link
      to={to}
      activeOptions={{ exact: to === "/" }}
      activeProps={{ className: "bg-sunken text-ink", "aria-current": "page" }}
      inactiveProps={{ className: "text-soft" }}
      className="flex items-center gap-2 rounded-lg px-2 py-1.5 text-sm font-medium hover:bg-sunken"
    >
      {icon}
      <span className="max-sm:sr-only">{text}</span>
    </Link>
  );
}

const NEXT: Record<Theme, Theme> = { system: "light", light: "dark", dark: "system" };

function ThemeSwitch() {
  const [chosen, setChosen] = useState(theme);
  const icons = { system: Monitor, light: Sun, dark: Moon };
  const Icon = icons[chosen];
  const change = () => {
    setTheme(NEXT[chosen]);
    setChosen(NEXT[chosen]);
  };
  return <Button look="quiet" icon={<Icon size={16} aria-hidden />} label={words.nav.theme[chosen]} onClick={change} />;
}
