// The same as jsx-runtime.ts, for development and tests.
import { jsxDEV as plain } from 'react/jsx-dev-runtime'
import { shown } from './safe_props'

export type { JSX } from 'react/jsx-dev-runtime'
export { Fragment } from 'react/jsx-dev-runtime'

export const jsxDEV: typeof plain = (type, props, key, isStatic, source, self) =>
  plain(type, shown(props), key, isStatic, source, self)
