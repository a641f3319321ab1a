/** What people know an agent by. */
export function nameOf({ name, display_name }: { name: string; display_name?: string | null }): string {
  return display_name || name;
}
