// The target of the JSX compiler (`jsxImportSource`): React's own elements, with safe texts.
import { jsx as plain, jsxs as plainStatic } from 'react/jsx-runtime'
import { shown } from './safe_props'

export type { JSX } from 'react/jsx-runtime'
export { Fragment } from 'react/jsx-runtime'

export const jsx: typeof plain = (type, props, key) => plain(type, shown(props), key)
export const jsxs: typeof plainStatic = (type, props, key) => plainStatic(type, shown(props), key)
