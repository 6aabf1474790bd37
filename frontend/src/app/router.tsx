/** All pages. Each loads its own code; only the workspace loads the wallet. */
import { createRootRoute, createRoute, createRouter, lazyRouteComponent, Outlet } from "@tanstack/react-router";
import { Failure, NotFound } from "./Failure";

const root = createRootRoute({ component: Outlet, notFoundComponent: NotFound, errorComponent: Failure });

const workspace = createRoute({
  getParentRoute: () => root,
  id: "workspace",
  component: lazyRouteComponent(() => import("./Workspace"), "Workspace"),
});

/** Pages about an account: they ask for wallet and signature first. */
const account = createRoute({
  getParentRoute: () => workspace,
  id: "account",
  component: lazyRouteComponent(() => import("./Workspace"), "AccountPages"),
});

const open = createRoute({
  getParentRoute: () => root,
  id: "open",
  component: lazyRouteComponent(() => import("./PublicFrame"), "PublicFrame"),
});

const accountRoutes = [
  createRoute({
    getParentRoute: () => account,
    path: "/works",
    component: lazyRouteComponent(() => import("../features/works"), "WorksPage"),
  }),
  createRoute({
    getParentRoute: () => account,
    path: "/inbox",
    component: lazyRouteComponent(() => import("../features/inbox"), "InboxPage"),
  }),
  createRoute({
    getParentRoute: () => account,
    path: "/cases",
    component: lazyRouteComponent(() => import("../features/cases"), "CasesPage"),
  }),
  createRoute({
    getParentRoute: () => account,
    path: "/cases/$caseId",
    component: lazyRouteComponent(() => import("../features/cases"), "CasePage"),
  }),
];

const token = createRoute({
  getParentRoute: () => workspace,
  path: "/token",
  component: lazyRouteComponent(() => import("../features/token"), "TokenPage"),
});

const openRoutes = [
  createRoute({
    getParentRoute: () => open,
    path: "/portal",
    component: lazyRouteComponent(() => import("../features/portal"), "FindCasePage"),
  }),
  createRoute({
    getParentRoute: () => open,
    path: "/portal/$token",
    component: lazyRouteComponent(() => import("../features/portal"), "PortalPage"),
  }),
  createRoute({
    getParentRoute: () => open,
    path: "/verify",
    component: lazyRouteComponent(() => import("../features/verify"), "VerifyPage"),
  }),
  createRoute({
    getParentRoute: () => open,
    path: "/certificate/$workId",
    component: lazyRouteComponent(() => import("../features/certificate"), "CertificatePage"),
  }),
];

export const router = createRouter({
  routeTree: root.addChildren([
    workspace.addChildren([account.addChildren(accountRoutes), token]),
    open.addChildren(openRoutes),
  ]),
  defaultPreload: "intent",
  defaultErrorComponent: Failure,
  defaultNotFoundComponent: NotFound,
  scrollRestoration: true,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
