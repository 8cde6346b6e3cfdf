// Overrides: things that were made although they rest on something retracted, with person, time and reason.
import { useSoundness } from '../api/soundness'
import type { Node, SoundnessDetail } from '../api/types'
import { NodeLink } from '../lineage/NodeLink'
import { nodeName } from '../lineage/node_view'
import { useText } from '../messages/catalogue'
import { Time } from '../parts/Time'
import style from './Soundness.module.css'

type Override = SoundnessDetail['overrides'][number]

/** The reason for which `made` was made of `of` despite the refusal, if there is one. */
export function OwnOverride({ made, of }: { made: Node; of: Node | undefined }) {
  const text = useText()
  const name = of && nodeName(of)
  const detail = useSoundness(name ?? '', name !== undefined).data
  const override = detail?.overrides.find((one) => nodeName(one.made) === nodeName(made))
  if (override === undefined) return null
  return (
    <p className={style.override}>
      {text('despite.made', { user: by(override) })} <Time at={override.time} />: “{override.because}”
    </p>
  )
}

/** The things that were built on something despite the refusal. */
export function DownstreamOverrides({ overrides }: { overrides: Override[] }) {
  const text = useText()
  if (overrides.length === 0) return null
  return (
    <ul className={style.override} aria-label={text('despite.built')}>
      {overrides.map((override) => (
        <li key={`${override.made.text} ${override.time}`}>
          {text('despite.built.one')} <NodeLink node={override.made} unmarked /> · {by(override)} ·{' '}
          <Time at={override.time} />: “{override.because}”
        </li>
      ))}
    </ul>
  )
}

const by = ({ by: { name, kind } }: Override) => name ?? kind
