// At the top of the page of anything that does not stand: what it is, who says so, when and why, and the path from it to
// what was retracted. Under it, where it was retracted itself, how it is repaired.
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
import { BuiltDespite, MadeDespite } from './Overridden'
import style from './Soundness.module.css'

interface SoundnessBannerProps {
  /** Names the thing for the server. */
  of: string
  soundness: string | undefined
  /** Why, as the page's own answer says it: shown until all is known. */
  suspicion?: Sentence | null
  /** What can be done about it. */
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
        {known ? <Known detail={known} /> : <p>{suspicion && say(suspicion)}</p>}
        {children}
      </div>
    </section>
  )
}

function Known({ detail }: { detail: SoundnessDetail }) {
  if (detail.retraction) {
    return (
      <>
        <Retracted retraction={detail.retraction} />
        <BuiltDespite overrides={detail.overrides} />
      </>
    )
  }
  const fallen = detail.way.at(-1)
  return (
    <>
      <RestsOn fallen={fallen} suspicion={detail.suspicion} />
      {detail.way.length > 1 && <Way way={detail.way} />}
      <RepairLink fallen={fallen} />
      <MadeDespite made={detail.of} of={detail.way[1]} />
      <BuiltDespite overrides={detail.overrides} />
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

/** What was retracted, by whom, when and why, as far as the reader may know. */
function RestsOn({ fallen, suspicion }: { fallen: Node | undefined; suspicion?: Sentence | null }) {
  const text = useText()
  const say = useSay()
  const { name, retracted_time: time, because } = (suspicion?.values ?? {}) as Record<string, unknown>
  if (fallen === undefined || typeof time !== 'string') return suspicion ? <p>{say(suspicion)}</p> : null
  return (
    <>
      <p>
        {text('soundness.restsOn')} <NodeLink node={fallen} unmarked />{' '}
        {typeof name === 'string' ? text('soundness.whichFellBy', { user: name }) : text('soundness.whichFell')} ·{' '}
        <Time at={time} />
      </p>
      <Reason because={typeof because === 'string' ? because : undefined} />
    </>
  )
}

/** Where the plan of repair is; a claim that was retracted has none. */
function RepairLink({ fallen }: { fallen: Node | undefined }) {
  const text = useText()
  const repair = fallen && viewOf(fallen)?.repair
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

function Way({ way }: { way: Node[] }) {
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
