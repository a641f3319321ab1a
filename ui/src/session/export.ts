/** Where the session's messages are downloaded from, as JSON lines. */
export function exportOf(sessionId: string): { href: string; download: string } {
  return { href: `/v1/sessions/${encodeURIComponent(sessionId)}/export`, download: `${sessionId}.jsonl` };
}
