/** The pages: one row each. A page is a file in `pages/`, loaded when it is gone to. */

import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from "@tanstack/react-router";

import { NotFound } from "./pages/not-found";
import { Shell } from "./shell";

const root = createRootRoute({ component: Shell, notFoundComponent: NotFound });

const home = createRoute({
  getParentRoute: () => root,
  path: "/",
  component: lazyRouteComponent(() => import("./pages/home"), "Home"),
});

const signIn = createRoute({
  getParentRoute: () => root,
  path: "/sign-in",
  validateSearch: (search): { to?: string } => ({ to: typeof search.to === "string" ? search.to : undefined }),
  component: lazyRouteComponent(() => import("./pages/sign-in"), "SignIn"),
});

const sessions = createRoute({
  getParentRoute: () => root,
  path: "/sessions",
  validateSearch: (search): { q?: string; status?: string; agent?: string; page?: number } => ({
    q: text(search.q),
    status: text(search.status),
    agent: text(search.agent),
    page: pageNumber(search.page),
  }),
  component: lazyRouteComponent(() => import("./pages/sessions"), "Sessions"),
});

const newChat = createRoute({
  getParentRoute: () => root,
  path: "/chat",
  validateSearch: (search): { agent?: string } => ({
    agent: typeof search.agent === "string" ? search.agent : undefined,
  }),
  component: lazyRouteComponent(() => import("./pages/new-chat"), "NewChat"),
});

const session = createRoute({
  getParentRoute: () => root,
  path: "/sessions/$sessionId",
  component: lazyRouteComponent(() => import("./pages/session"), "SessionPage"),
});

const trace = createRoute({
  getParentRoute: () => root,
  path: "/sessions/$sessionId/trace",
  validateSearch: (search): { turn?: string; event?: number; q?: string } => ({
    turn: typeof search.turn === "string" ? search.turn : undefined,
    event: Number.isInteger(Number(search.event)) && search.event !== undefined ? Number(search.event) : undefined,
    q: typeof search.q === "string" && search.q !== "" ? search.q : undefined,
  }),
  component: lazyRouteComponent(() => import("./pages/trace"), "TracePage"),
});

const agents = createRoute({
  getParentRoute: () => root,
  path: "/agents",
  validateSearch: (search): { q?: string; archived?: boolean; page?: number } => ({
    q: text(search.q),
    archived: search.archived === true ? true : undefined,
    page: pageNumber(search.page),
  }),
  component: lazyRouteComponent(() => import("./pages/agents"), "Agents"),
});

const newAgent = createRoute({
  getParentRoute: () => root,
  path: "/agents/new",
  // Whether the form begins with an example in it.
  validateSearch: (search): { example?: boolean } => ({ example: search.example === true ? true : undefined }),
  component: lazyRouteComponent(() => import("./pages/agent"), "NewAgent"),
});

const agent = createRoute({
  getParentRoute: () => root,
  path: "/agents/$agentId",
  component: lazyRouteComponent(() => import("./pages/agent"), "AgentPage"),
});

const tree = root.addChildren([home, signIn, newChat, sessions, session, trace, agents, newAgent, agent]);

/** A text of the address, if there is one. */
function text(said: unknown): string | undefined {
  if (typeof said === "number") return String(said);
  return typeof said === "string" && said !== "" ? said : undefined;
}

/** Which page of a list; the first one needs no word. */
function pageNumber(said: unknown): number | undefined {
  return typeof said === "number" && Number.isInteger(said) && said > 1 ? said : undefined;
}

export function routerOfPages() {
  return createRouter({ routeTree: tree, defaultPreload: "intent", scrollRestoration: true });
}
