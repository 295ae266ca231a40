import { createRootRoute, createRoute, createRouter, Link, lazyRouteComponent } from '@tanstack/react-router';
import { Live } from './pages/Live.tsx';
import { Overview } from './pages/Overview.tsx';
import { Page } from './parts/Page.tsx';
import { Shell } from './parts/Shell.tsx';
import { Empty, Failed } from './parts/States.tsx';
import { parseSearch, stringifySearch } from './url.ts';

const root = createRootRoute({
  component: Shell,
  validateSearch: (search: Record<string, unknown>): Record<string, string | undefined> =>
    Object.fromEntries(
      Object.entries(search).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
    ),
  notFoundComponent: () => (
    <Page title="No such page" sentence="The address may be mistyped, or from another version.">
      <Empty title="What can be reached is in the list of pages.">
        <Link to="/" className="link">
          Overview
        </Link>
      </Empty>
    </Page>
  ),
  errorComponent: ({ error, reset }) => <Failed what="This page" error={error} retry={reset} />,
});
const at = <Path extends string>(path: Path) => ({ getParentRoute: () => root, path });

const routeTree = root.addChildren([
  createRoute({ ...at('/'), component: Overview }),
  createRoute({ ...at('/live'), component: Live }),
  createRoute({ ...at('/calls/$id'), component: lazyRouteComponent(() => import('./pages/Call.tsx'), 'Call') }),
  createRoute({ ...at('/sessions'), component: lazyRouteComponent(() => import('./pages/Sessions.tsx'), 'Sessions') }),
  createRoute({
    ...at('/sessions/$id'),
    component: lazyRouteComponent(() => import('./pages/Session.tsx'), 'Session'),
  }),
  createRoute({ ...at('/alerts'), component: lazyRouteComponent(() => import('./pages/Alerts.tsx'), 'Alerts') }),
  createRoute({
    ...at('/approvals'),
    component: lazyRouteComponent(() => import('./pages/Approvals.tsx'), 'Approvals'),
  }),
  createRoute({ ...at('/usage'), component: lazyRouteComponent(() => import('./pages/Usage.tsx'), 'Usage') }),
  createRoute({ ...at('/coverage'), component: lazyRouteComponent(() => import('./pages/Coverage.tsx'), 'Coverage') }),
  createRoute({ ...at('/agents'), component: lazyRouteComponent(() => import('./pages/Agents.tsx'), 'Agents') }),
  createRoute({ ...at('/devices'), component: lazyRouteComponent(() => import('./pages/Devices.tsx'), 'Devices') }),
  createRoute({
    ...at('/inventory'),
    component: lazyRouteComponent(() => import('./pages/Inventory.tsx'), 'Inventory'),
  }),
  createRoute({ ...at('/tools'), component: lazyRouteComponent(() => import('./pages/Tools.tsx'), 'Tools') }),
  createRoute({ ...at('/receipts'), component: lazyRouteComponent(() => import('./pages/Receipts.tsx'), 'Receipts') }),
  createRoute({ ...at('/settings'), component: lazyRouteComponent(() => import('./pages/Settings.tsx'), 'Settings') }),
]);

export const router = createRouter({
  routeTree,
  parseSearch,
  stringifySearch,
  defaultPreload: 'intent',
  scrollRestoration: false,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
