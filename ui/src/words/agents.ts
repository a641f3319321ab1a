/** Texts of the list of agents, and of the page of one. */

export const agents = {
  title: "Agents",
  search: "Search names and descriptions",
  new: "New agent",
  archived: "archived",
  showArchived: "Show archived",
  copy: (name: string) => `Copy ${name}`,
  delete: (name: string) => `Delete ${name}`,
  chat: (name: string) => `Chat with ${name}`,
  sessions: (count: number) => (count === 1 ? "1 session" : `${count} sessions`),
  empty: {
    title: "No agent yet",
    what: "An agent is a system prompt with tools and a model, under a name of its own.",
  },
  noMatch: { title: "No agent fits", what: "No agent has all of these words in its name or description." },
  deletion: {
    title: "Delete this agent?",
    lost: "It is gone for everybody, and its name is free for another one.",
    sessions: (count: number) =>
      `${count === 1 ? "Its session stays" : `Its ${count} sessions stay`} readable, but no new turn starts there.`,
    archive: "Archiving only hides it from lists.",
  },
  import: {
    do: "Import",
    title: "Import an agent from a file",
    what: "Markdown with front matter, YAML or JSON as an export writes them; plain text becomes the prompt.",
    changes: "If the file has the name or the id of an agent, that agent is changed.",
    field: "File of the agent",
  },
};
