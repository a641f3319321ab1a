/** How a link looks that stands beside buttons. */
export const LINK_BUTTON =
  "inline-flex h-8 shrink-0 items-center gap-1.5 rounded-lg px-3 text-sm font-medium whitespace-nowrap";
export const MAIN_LINK = `${LINK_BUTTON} bg-accent text-accent-ink hover:opacity-90`;
export const PLAIN_LINK = `${LINK_BUTTON} border bg-panel hover:bg-sunken`;
