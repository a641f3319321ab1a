import { useEffect } from "react";

import { words } from "../words";

/** What the browser's tab says while the page is shown. */
export function useTitle(title: string): void {
  useEffect(() => {
    document.title = `${title} – ${words.product}`;
  }, [title]);
}
