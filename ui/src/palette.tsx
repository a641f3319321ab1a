/** Ctrl-K: jump to a page, a session or an agent by typing a part of its name. */

import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { Command } from "cmdk";

import { nameOf as nameOfAgent } from "./agent/name";
import { api, must } from "./api/client";
import { nameOf } from "./session/title";
import { useSettled } from "./parts/use-settled";
import { words } from "./words";

/** Who types is not asked for at each letter. */
const TYPING_MS = 120;

interface Props {
  typed: string;
  onType(text: string): void;
  onClose(): void;
  onShortcuts(): void;
}

export default function Palette({ typed, onType, onClose, onShortcuts }: Props) {
  const navigate = useNavigate();
  const search = useSettled(typed, TYPING_MS);
  const query = { search, limit: 8 };
  const sessions = useQuery({
    queryKey: ["palette", "sessions", search],
    queryFn: () => must(api.GET("/v1/sessions", { params: { query } })),
    placeholderData: (before) => before,
  });
  const agents = useQuery({
    queryKey: ["palette", "agents", search],
    queryFn: () => must(api.GET("/v1/agents", { params: { query } })),
    placeholderData: (before) => before,
  });
  const go = (arrived: Promise<void>) => {
    onClose();
    void arrived;
  };
  const matches = (text: string) => text.toLowerCase().includes(typed.toLowerCase());
  const pages = [
    { text: words.nav.home, go: () => go(navigate({ to: "/" })) },
    { text: words.nav.sessions, go: () => go(navigate({ to: "/sessions" })) },
    { text: words.nav.agents, go: () => go(navigate({ to: "/agents" })) },
    { text: words.chat.new, go: () => go(navigate({ to: "/chat" })) },
    { text: words.nav.shortcuts, go: onShortcuts },
  ].filter((page) => matches(page.text));
  return (
    <Command shouldFilter={false} label={words.palette.title} loop>
      <Command.Input
        autoFocus
        value={typed}
        onValueChange={onType}
        placeholder={words.palette.placeholder}
        className="field"
      />
      <Command.List className="mt-2 max-h-80 overflow-auto">
        <Command.Empty className="p-3 text-soft">{words.palette.none}</Command.Empty>
        <Group heading={words.palette.pages} rows={pages.map(({ text, go }) => ({ key: text, text, go }))} />
        <Group
          heading={words.palette.sessions}
          rows={(sessions.data?.data ?? []).map(({ id, title, preview }) => ({
            key: id,
            text: nameOf({ title, preview }),
            go: () => go(navigate({ to: "/sessions/$sessionId", params: { sessionId: id } })),
          }))}
        />
        <Group
          heading={words.palette.agents}
          rows={(agents.data?.data ?? []).map(({ id, name, display_name }) => ({
            key: id,
            text: nameOfAgent({ name, display_name }),
            go: () => go(navigate({ to: "/agents/$agentId", params: { agentId: id } })),
          }))}
        />
      </Command.List>
    </Command>
  );
}

function Group({ heading, rows }: { heading: string; rows: { key: string; text: string; go(): void }[] }) {
  if (rows.length === 0) return null;
  return (
    <Command.Group heading={<span className="px-2 text-xs font-medium text-soft">{heading}</span>} className="mt-2">
      {rows.map(({ key, text, go }) => (
        <Command.Item
          key={key}
          value={key}
          onSelect={go}
          className="truncate rounded-lg px-2 py-1.5 data-[selected=true]:bg-accent-wash"
        >
          {text}
        </Command.Item>
      ))}
    </Command.Group>
  );
}
