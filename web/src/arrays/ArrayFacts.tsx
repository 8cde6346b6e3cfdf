// The facts about an array: command, folder, values, the rule that stops it, the dataset of its results, who and when.
import { Link } from '@tanstack/react-router'
import { Fragment } from 'react'
import { type ArrayDetail, useChangeArray } from '../api/arrays'
import { useMayChange } from '../api/permissions'
import { useFormat } from '../format/format'
import { useText } from '../messages/catalogue'
import { Button } from '../parts/Button'
import { Copyable } from '../parts/Copyable'
import { Facts } from '../parts/Facts'
import { Problem } from '../parts/Notice'
import nounStyle from '../parts/NounPage.module.css'
import { Duration, Time } from '../parts/Time'
import style from './Array.module.css'
import { axisWords } from './axis_words'

const arrayPrefix = 'array/'

export function ArrayFacts({ detail }: { detail: ArrayDetail }) {
  const text = useText()
  const { array, axes, cwd, outputs, stop_when, after = [] } = detail
  const { command, project, submitted, submitted_by, ended } = array
  return (
    <aside className={nounStyle.facts} aria-label={text('run.facts')}>
      <h2>{text('run.facts')}</h2>
      <Facts
        lines={[
          { name: text('run.fact.command'), value: <Copyable value={command} /> },
          {
            name: text('word.folder'),
            value: cwd === '' ? text('array.freshFolders') : <Copyable value={cwd} />,
          },
          { name: text('array.values'), value: <Values axes={axes} /> },
          outputs.length > 0 && { name: text('array.outputs'), value: <code>{outputs.join(', ')}</code> },
          after.length > 0 && { name: text('array.after'), value: <After names={after} /> },
          stop_when != null && { name: text('array.stopWhen'), value: <code>{stop_when}</code> },
          array.gathers != null && { name: text('array.gathers'), value: <Gathered detail={detail} /> },
          array.not_gathered != null && { name: text('array.notGathered'), value: <NotGathered array={array} /> },
          {
            name: text('word.project'),
            value: (
              <Link to="/runs" search={{ project }}>
                {project}
              </Link>
            ),
          },
          { name: text('array.submittedBy'), value: submitted_by.name ?? submitted_by.kind },
          { name: text('array.submitted'), value: <Time at={submitted} /> },
          ended != null && { name: text('array.ended'), value: <Time at={ended} /> },
          { name: text('run.fact.took'), value: <Duration from={submitted} to={ended ?? undefined} /> },
        ]}
      />
    </aside>
  )
}

function Values({ axes }: { axes: ArrayDetail['axes'] }) {
  const text = useText()
  const format = useFormat()
  return (
    <ul className={style.axes}>
      {axes.map((axis) => {
        const words = axisWords(axis, text, format.count)
        return <li key={words}>{words}</li>
      })}
    </ul>
  )
}

/** Why there is no dataset of the results, and a way to try again. */
function NotGathered({ array: { id, project, not_gathered } }: { array: ArrayDetail['array'] }) {
  const text = useText()
  const change = useChangeArray(id)
  const mayChange = useMayChange(project)
  return (
    <>
      <p>{not_gathered}</p>
      {mayChange && (
        <>
          <Button
            kind="quiet"
            icon="again"
            disabled={change.isPending}
            onClick={() => change.mutate({ act: 'gather' })}
          >
            {text('array.gather')}
          </Button>
          <p className={style.help}>{text('array.gather.help')}</p>
        </>
      )}
      {change.error && <Problem error={change.error} />}
    </>
  )
}

/** The runs and arrays that must succeed before. */
function After({ names }: { names: string[] }) {
  return names.map((name, at) => (
    <Fragment key={name}>
      {at > 0 && ', '}
      {name.startsWith(arrayPrefix) ? (
        <Link to="/arrays/$array" params={{ array: name.slice(arrayPrefix.length) }}>
          {name}
        </Link>
      ) : (
        <Link to="/r/$run" params={{ run: name }}>
          {name}
        </Link>
      )}
    </Fragment>
  ))
}

/** The dataset of the results, and the run that imports them once it is there. */
function Gathered({ detail: { array, gather } }: { detail: ArrayDetail }) {
  const text = useText()
  const { gathers, gathered_by } = array
  const name = gather?.dataset ?? gathers ?? ''
  if (gathered_by == null) return name
  const [before, after] = text('array.gathers.run', { run: '\n' }).split('\n')
  return (
    <>
      <Link to="/data" search={{ q: name }}>
        {name}
      </Link>
      {', '}
      {before}
      <Link to="/r/$run" params={{ run: gathered_by.handle }}>
        {gathered_by.handle}
      </Link>
      {after}
    </>
  )
}
