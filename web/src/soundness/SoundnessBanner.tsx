// The banner at the top of the page of a retracted or suspect thing: its state, the person, time and reason of the
// retraction, and the path to the retracted thing. A thing that was retracted itself shows its repair below.
import { Link } from '@tanstack/react-router'
import { Fragment } from 'react'
import { useSoundness } from '../api/soundness'
import type { Node, Sentence, SoundnessDetail } from '../api/types'
import { NodeLink } from '../lineage/NodeLink'
import { viewOf } from '../lineage/node_view'
import { useText } from '../messages/catalogue'
import { useSay } from '../messages/say'
import { SoundnessShape, soundnessOf } from '../parts/SoundnessMark'
import { Time } from '../parts/Time'
import { DownstreamOverrides, OwnOverride } from './Overrides'
import style from './Soundness.module.css'

interface SoundnessBannerProps {
  /** The name of the thing for the server. */
  of: string
  soundness: string | undefined
  /** The reason from the answer of the page: shown until the full answer is loaded. */
  suspicion?: Sentence | null
  /** The possible actions. */
  children?: React.ReactNode
}

export function SoundnessBanner({ of, soundness: word, suspicion, children }: SoundnessBannerProps) {
  const text = useText()
  const say = useSay()
  const soundness = soundnessOf(word)
  const detail = useSoundness(of, soundness !== 'sound').data
  if (soundness === 'sound') return null
  const known = detail && detail.soundness === soundness ? detail : undefined
  return (
    <section className={style.banner} data-soundness={soundness} aria-label={text('soundness.banner')}>
      <SoundnessShape soundness={soundness} size={30} />
      <div className={style.said}>
        <p className={style.word}>{text(`soundness.${soundness}`)}</p>
        {known ? <FullAnswer detail={known} /> : <p>{suspicion && say(suspicion)}</p>}
        {children}
      </div>
    </section>
  )
}

function FullAnswer({ detail }: { detail: SoundnessDetail }) {
  if (detail.retraction) {
    return (
      <>
        <Retracted retraction={detail.retraction} />
        <DownstreamOverrides overrides={detail.overrides} />
      </>
    )
  }
  const retracted = detail.way.at(-1)
  return (
    <>
      <RestsOn retracted={retracted} suspicion={detail.suspicion} />
      {detail.way.length > 1 && <PathList way={detail.way} />}
      <RepairLink retracted={retracted} />
      <OwnOverride made={detail.of} of={detail.way[1]} />
      <DownstreamOverrides overrides={detail.overrides} />
    </>
  )
}

function Retracted({ retraction }: { retraction: NonNullable<SoundnessDetail['retraction']> }) {
  const text = useText()
  return (
    <>
      <p>
        {text('soundness.retractedBy', { user: retraction.by.name ?? retraction.by.kind })} ·{' '}
        <Time at={retraction.time} />
      </p>
      <Reason because={retraction.because} />
    </>
  )
}

/** The retracted things with person, time and reason, as far as the reader may see them. */
function RestsOn({ retracted, suspicion }: { retracted: Node | undefined; suspicion?: Sentence | null }) {
  const text = useText()
  const say = useSay()
  const { name, retracted_time: time, because } = (suspicion?.values ?? {}) as Record<string, unknown>
  if (retracted === undefined || typeof time !== 'string') return suspicion ? <p>{say(suspicion)}</p> : null
  return (
    <>
      <p>
        {text('soundness.restsOn')} <NodeLink node={retracted} unmarked />{' '}
        {typeof name === 'string' ? text('soundness.whichFellBy', { user: name }) : text('soundness.whichFell')} ·{' '}
        <Time at={time} />
      </p>
      <Reason because={typeof because === 'string' ? because : undefined} />
    </>
  )
}

/** The link to the repair plan; a retracted claim has none. */
function RepairLink({ retracted }: { retracted: Node | undefined }) {
  const text = useText()
  const repair = retracted && viewOf(retracted)?.repair
  if (repair === undefined) return null
  return (
    <Link {...repair} className={style.quiet}>
      {text('soundness.seeRepair')}
    </Link>
  )
}

function Reason({ because }: { because: string | null | undefined }) {
  const text = useText()
  if (because == null) return <p className={style.quiet}>{text('soundness.erased')}</p>
  return <p className={style.reason}>“{because}”</p>
}

function PathList({ way }: { way: Node[] }) {
  const text = useText()
  const [here, ...others] = way
  return (
    <p className={style.way}>
      <span className={style.quiet}>{text('soundness.path')}</span> {here && <span>{text('soundness.this')}</span>}
      {others.map((node) => (
        <Fragment key={node.text}>
          <span className={style.arrow} aria-hidden="true">
            ←
          </span>
          <NodeLink node={node} unmarked />
        </Fragment>
      ))}
    </p>
  )
}
