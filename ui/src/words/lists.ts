/** Texts of every list. */

export const lists = {
  noFilter: "Show all",
  range: (from: number, to: number, total: number) => `${from} to ${to} of ${total}`,
  all: (total: number) => (total === 1 ? "1 in all" : `${total} in all`),
  beyond: { title: "Nothing on this page", what: "The list has become shorter than that." },
  first: "To the first page",
  pages: "Pages",
  previous: "Previous page",
  next: "Next page",
};
