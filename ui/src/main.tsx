import { QueryCache, QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

import { Problem } from "./api/client";
import { routerOfPages } from "./routes";
import "./app.css";

/** Another try mends only what is not the caller's fault. */
function isWorthATry(failures: number, error: unknown): boolean {
  const { status } = Problem.from(error);
  return failures < 2 && (status === 0 || status === 429 || status >= 500);
}

const queries = new QueryClient({
  defaultOptions: { queries: { retry: isWorthATry, staleTime: 2_000 } },
  queryCache: new QueryCache({
    onError: (error) => {
      // The server began to ask for keys, or the key was revoked.
      if (Problem.from(error).status !== 401 || location.pathname === "/sign-in") return;
      const to = location.pathname + location.search;
      void router.navigate({ to: "/sign-in", search: { to }, replace: true });
    },
  }),
});
const router = routerOfPages();

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}

const root = document.getElementById("root");
if (root === null) throw new Error("index.html has no #root");
createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={queries}>
      <RouterProvider router={router} />
    </QueryClientProvider>
  </StrictMode>,
);
