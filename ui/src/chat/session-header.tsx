import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { Bot, ChartGantt, Download, GitFork, Pencil, Trash2 } from "lucide-react";
import { useState, type FormEvent } from "react";

import { api, must, type Schemas } from "../api/client";
import { Button } from "../parts/button";
import { Dialog } from "../parts/dialog";
import { PLAIN_LINK } from "../parts/link-button";
import { Menu, MENU_LINE } from "../parts/menu";
import { SessionStatus } from "../parts/session-status";
import { Trouble } from "../parts/trouble";
import { exportOf } from "../session/export";
import { DeleteSession } from "../session/delete-session";
import { words } from "../words";

interface Props {
  sessionId: string;
  /** Absent until it was read. */
  session: Schemas["Session"] | undefined;
  title: string;
  status: string;
}

/** What a session is called and does, and what can be done with all of it. */
export function SessionHeader({ sessionId, session, title, status }: Props) {
  const [open, setOpen] = useState<"rename" | "delete">();
  const navigate = useNavigate();
  const close = () => setOpen(undefined);
  const tokens = (session?.usage?.input_tokens ?? 0) + (session?.usage?.output_tokens ?? 0);
  return (
    <header className="flex items-center gap-2 border-b bg-panel px-3 py-2 sm:px-6">
      <h1 className="min-w-0 truncate font-semibold">{title}</h1>
      <SessionStatus status={status} />
      <span className="ml-auto shrink-0 text-xs text-soft tabular-nums max-md:hidden">
        {tokens.toLocaleString()} {words.chat.tokens}
      </span>
      <Link
        to="/sessions/$sessionId/trace"
        params={{ sessionId }}
        aria-label={words.chat.trace}
        className={`${PLAIN_LINK} max-md:ml-auto max-sm:px-2!`}
      >
        <ChartGantt size={16} aria-hidden />
        <span className="max-sm:hidden">{words.chat.trace}</span>
      </Link>
      {session && (
        <Menu label={words.chat.more}>
          {session.agent_id && (
            <Link to="/agents/$agentId" params={{ agentId: session.agent_id }} className={MENU_LINE}>
              <Bot size={16} aria-hidden />
              {words.chat.openAgent}
            </Link>
          )}
          {session.forked_from_session_id && (
            <Link
              to="/sessions/$sessionId"
              params={{ sessionId: session.forked_from_session_id }}
              className={MENU_LINE}
            >
              <GitFork size={16} aria-hidden />
              {words.chat.openParent}
            </Link>
          )}
          <button type="button" className={MENU_LINE} onClick={() => setOpen("rename")}>
            <Pencil size={16} aria-hidden />
            {words.chat.rename}
          </button>
          <a {...exportOf(sessionId)} className={MENU_LINE}>
            <Download size={16} aria-hidden />
            {words.chat.export}
          </a>
          <button type="button" className={`${MENU_LINE} text-bad`} onClick={() => setOpen("delete")}>
            <Trash2 size={16} aria-hidden />
            {words.doing.delete}
          </button>
        </Menu>
      )}
      {session && open === "rename" && <Rename session={session} title={title} onClose={close} />}
      {session && open === "delete" && (
        <DeleteSession session={session} onClose={close} onGone={() => void navigate({ to: "/sessions" })} />
      )}
    </header>
  );
}

interface RenameProps {
  session: Schemas["Session"];
  title: string;
  onClose(): void;
}

function Rename({ session, title, onClose }: RenameProps) {
  const [text, setText] = useState(title);
  const queries = useQueryClient();
  const renaming = useMutation({
    mutationFn: () =>
      must(
        api.PATCH("/v1/sessions/{session_id}", {
          params: { path: { session_id: session.id } },
          body: { title: text.trim() },
        }),
      ),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ["session", session.id] });
      onClose();
    },
  });
  const save = (event: FormEvent) => {
    event.preventDefault();
    renaming.mutate();
  };
  return (
    <Dialog title={words.chat.rename} onClose={onClose}>
      <form className="flex flex-col gap-3" onSubmit={save}>
        <input
          className="field"
          aria-label={words.chat.newTitle}
          maxLength={500}
          autoFocus
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
        {renaming.isError && <Trouble error={renaming.error} />}
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>{words.doing.cancel}</Button>
          <Button type="submit" look="main" disabled={renaming.isPending || text.trim() === ""}>
            {words.doing.save}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
