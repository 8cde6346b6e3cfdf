// Who may do what, with which token, and how the pages look.
import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { keys } from '../api/keys'
import { root } from '../frame/root'
import type { Noun } from '../noun'

const settingsRoute = createRoute({
  getParentRoute: () => root,
  path: '/settings',
  component: lazyRouteComponent(() => import('./SettingsPage'), 'SettingsPage'),
})

export const settings = {
  facts: [
    'user.added',
    'project.added',
    'role.granted',
    'role.revoked',
    'token.issued',
    'token.revoked',
    'session.opened',
    'session.ended',
  ],
  routes: [settingsRoute],
  rail: { to: '/settings', icon: 'settings', label: 'nav.settings', place: 70 },
  live: {
    queries: [],
    stale: [
      { after: ['token.'], queries: [keys.tokens] },
      { after: ['role.', 'user.'], queries: [keys.members, keys.me] },
      { after: ['project.'], queries: [keys.projects] },
    ],
  },
} as const satisfies Noun
