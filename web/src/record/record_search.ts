// The search parameters of the record's page: the kind of fact, and the number before or after which facts are shown.
import type { FactPlace } from '../api/facts'

export function readRecordSearch(search: Record<string, unknown>): FactPlace {
  const read = (name: string) => {
    const value = Number(search[name])
    return search[name] !== undefined && Number.isSafeInteger(value) && value >= 0 ? value : undefined
  }
  return {
    kind: typeof search.kind === 'string' && search.kind !== '' ? search.kind : undefined,
    before: read('before'),
    after: read('after'),
  }
}
