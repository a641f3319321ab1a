/** Texts of the list of sessions. */

export const sessions = {
  title: "Sessions",
  search: "Search titles",
  status: "Status",
  anyStatus: "Any status",
  agent: "Agent",
  anyAgent: "Any agent",
  pinned: "Pinned",
  pin: (title: string) => `Pin ${title}`,
  unpin: (title: string) => `Unpin ${title}`,
  delete: (title: string) => `Delete ${title}`,
  tokens: (count: string) => `${count} tokens`,
  deletion: {
    title: "Delete this session?",
    lost: "Its messages, its events and the files that no other session uses are gone for good. Forks of it stay.",
    running: "A turn runs in it right now. It is stopped.",
    export: "Save its messages first",
  },
  empty: { title: "No session yet", what: "A session is one conversation with an agent, or with a model alone." },
  noMatch: { title: "No session fits", what: "Words are looked for in titles alone, not in what was said." },
};
