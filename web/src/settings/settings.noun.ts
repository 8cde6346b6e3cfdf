// The settings: members and roles, tokens, language and theme.
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
  position: 20,
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
  rail: { to: '/settings', icon: 'settings', label: 'nav.settings', position: 70 },
  live: {
    queryKeys: [],
    stale: [
      { factPrefixes: ['token.'], queryKeys: [keys.tokens] },
      { factPrefixes: ['role.', 'user.'], queryKeys: [keys.members, keys.me] },
      { factPrefixes: ['project.'], queryKeys: [keys.projects] },
    ],
  },
} as const satisfies Noun
