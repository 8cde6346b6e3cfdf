// The permissions of the signed-in user, as far as a page needs them to offer an action. The server decides.
import { useMe } from './server'
import type { Me } from './types'

/** Whether a role in one scope also holds in a project. Without a project the whole home is meant. */
function reaches(scope: string | null | undefined, project: string | undefined): boolean {
  if (scope == null) return true
  return project !== undefined && (scope === project || project.startsWith(`${scope}/`))
}

/**
 * Whether the user may change runs of a project: as a member or owner of the project, of a parent project, or of the
 * home.
 */
export const mayChange = (me: Me | undefined, project: string): boolean =>
  me?.roles.some(({ role, project: scope }) => role !== 'viewer' && reaches(scope, project)) ?? false

/** Whether the user may start runs in any scope. */
export const mayChangeAny = (me: Me | undefined): boolean => me?.roles.some(({ role }) => role !== 'viewer') ?? false

/** Whether the user owns a project, or the whole home without a project. */
export const owns = (me: Me | undefined, project?: string): boolean =>
  me?.roles.some(({ role, project: scope }) => role === 'owner' && reaches(scope, project)) ?? false

/** Whether the user has a role in the whole home. */
export const seesHome = (me: Me | undefined): boolean => me?.roles.some(({ project }) => project == null) ?? false

/** Whether commands of the user may run in a project. A recipe of Hven, such as an import, needs no permission. */
export const mayRunCommands = (me: Me | undefined, project: string): boolean =>
  owns(me) ||
  (me?.roles.some(
    ({ role, project: scope, may_run_as_server }) =>
      may_run_as_server === true && role !== 'viewer' && reaches(scope, project),
  ) ??
    false)

export const useMayChange = (project: string): boolean => mayChange(useMe().data, project)
