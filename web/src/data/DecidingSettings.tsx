// The settings that decide how something in a file is read, by the names of their fields on the page of an import.
import { Fragment } from 'react'
import { useText } from '../messages/catalogue'

/** These settings have a field for each column. */
const ofColumns = { types: 'data.schema.type', units: 'data.schema.unit' } as const

export function DecidingSettings({ names }: { names: string[] }) {
  const text = useText()
  return names.map((name, at) => (
    <Fragment key={name}>
      {at > 0 && ', '}
      {name === 'types' || name === 'units' ? text(ofColumns[name]) : <code>{name}</code>}
    </Fragment>
  ))
}
