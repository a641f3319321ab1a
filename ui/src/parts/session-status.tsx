import { words } from "../words";
import { Badge, type Tone } from "./badge";

const TONES: Record<string, Tone> = { active: "live", waitingfortoolresults: "wait", paused: "wait" };

/** What a session does right now. */
export function SessionStatus({ status }: { status: string }) {
  return <Badge tone={TONES[status] ?? "plain"}>{words.session.status[status] ?? status}</Badge>;
}
