import { useMutation, useQueryClient } from "@tanstack/react-query";

import { api, must, type Schemas } from "../api/client";
import { Confirm } from "../parts/confirm";
import { words } from "../words";
import { titleOf } from "./title";

const { deletion } = words.sessions;

interface Props {
  session: Schemas["Session"];
  onClose(): void;
  /** When it is gone. */
  onGone?(): void;
}

/** Asks whether the session shall go, and says what goes with it. */
export function DeleteSession({ session, onClose, onGone }: Props) {
  const queries = useQueryClient();
  const deleting = useMutation({
    mutationFn: () => must(api.DELETE("/v1/sessions/{session_id}", { params: { path: { session_id: session.id } } })),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ["sessions"] });
      onClose();
      onGone?.();
    },
  });
  const isRunning = session.status === "active" || session.status === "waitingfortoolresults";
  return (
    <Confirm
      title={deletion.title}
      yes={words.doing.delete}
      doing={deleting}
      onYes={() => deleting.mutate()}
      onClose={onClose}
    >
      <p className="line-clamp-3 font-medium break-words">{titleOf(session) ?? words.session.untitled}</p>
      <p>{deletion.lost}</p>
      {isRunning && <p className="text-wait">{deletion.running}</p>}
      <a
        href={`/v1/sessions/${encodeURIComponent(session.id)}/export`}
        download={`${session.id}.jsonl`}
        className="text-accent underline underline-offset-2"
      >
        {deletion.export}
      </a>
    </Confirm>
  );
}
