import { words } from "../words";

/** What people know a session by: its title, else how its first message begins. */
export function titleOf({ title, preview }: { title?: string | null; preview?: string | null }): string | undefined {
  return title || preview || undefined;
}

/** The same, with words for one that has neither; also for one that is not read yet. */
export function nameOf(session: Parameters<typeof titleOf>[0] | undefined): string {
  return (session && titleOf(session)) ?? words.session.untitled;
}
