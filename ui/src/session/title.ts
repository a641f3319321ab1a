/** What people know a session by: its title, else how its first message begins. */
export function titleOf({ title, preview }: { title?: string | null; preview?: string | null }): string | undefined {
  return title || preview || undefined;
}
