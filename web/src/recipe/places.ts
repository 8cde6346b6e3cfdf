// The projects in which the user may start runs.
import { mayChange, seesHome } from '../api/permissions'
import { useMe, useProjects } from '../api/server'

/** The projects in which the user may start runs; the empty name is the home. */
export function usePlaces(): string[] {
  const me = useMe().data
  const projects = useProjects().data ?? []
  const own = (me?.roles ?? []).flatMap(({ project }) => project ?? [])
  const named = new Set([...projects.map(({ path }) => path), ...own])
  const places = [...named].filter((path) => mayChange(me, path)).sort()
  const home = seesHome(me) && me?.roles.some(({ role, project }) => project == null && role !== 'viewer')
  return home ? ['', ...places.filter((path) => path !== 'home')] : places
}
