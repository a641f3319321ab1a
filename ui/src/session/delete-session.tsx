import { api, must, type Schemas } from "../api/client";
import { Deletion } from "../parts/deletion";
import { words } from "../words";
import { exportOf } from "./export";
import { nameOf } from "./title";

const { deletion } = words.sessions;

interface Props {
  session: Schemas["Session"];
  onClose(): void;
  /** When it is gone. */
  onGone?(): void;
}

/** Asks whether the session shall go, and says what goes with it. */
export function DeleteSession({ session, ...rest }: Props) {
  const params = { path: { session_id: session.id } };
  const isRunning = session.status === "active" || session.status === "waitingfortoolresults";
  return (
    <Deletion
      title={deletion.title}
      doing={() => must(api.DELETE("/v1/sessions/{session_id}", { params }))}
      list="sessions"
      {...rest}
    >
      <p className="line-clamp-3 font-medium break-words">{nameOf(session)}</p>
      <p>{deletion.lost}</p>
      {isRunning && <p className="text-wait">{deletion.running}</p>}
      <a {...exportOf(session.id)} className="text-accent underline underline-offset-2">
        {deletion.export}
      </a>
    </Deletion>
  );
}
