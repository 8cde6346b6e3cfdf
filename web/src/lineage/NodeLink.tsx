// One thing of a lineage: a link where it has a page, with the word where it does not stand.
import { Link } from '@tanstack/react-router'
import type { Node } from '../api/types'
import { useFormat } from '../format/format'
import { useSay } from '../messages/say'
import { Icon } from '../parts/Icon'
import { runState } from '../parts/run_state'
import { SoundnessMark } from '../parts/SoundnessMark'
import { StateShape } from '../parts/StateBadge'
import { VerdictShape, verdictOf } from '../parts/Verdict'
import { isLaw } from '../soundness/node_name'
import style from './Lineage.module.css'

interface NodeLinkProps {
  node: Omit<Node, 'text'> & { text: string }
  /** Without the word where it does not stand: it is said nearby. */
  unmarked?: boolean
}

export function NodeLink({ node, unmarked = false }: NodeLinkProps) {
  const soundness =
    node.publication?.soundness ?? node.claim?.soundness ?? node.dataset?.soundness ?? node.run?.soundness
  return (
    <span className={style.node}>
      <Named node={node} />
      {!unmarked && <SoundnessMark soundness={soundness} />}
    </span>
  )
}

function Named({ node }: { node: NodeLinkProps['node'] }) {
  const say = useSay()
  const format = useFormat()
  const { publication, claim, dataset, run, file } = node
  if (publication) {
    return (
      <>
        <Link to="/publications/$publication" params={{ publication: publication.id }}>
          <Icon name="publish" size={13} />
          {publication.reference}
        </Link>{' '}
        {publication.title}
      </>
    )
  }
  if (claim) {
    return (
      <Link to="/knowledge/$claim" params={{ claim: claim.id }}>
        <VerdictShape verdict={verdictOf(claim.verdict)} size={13} />
        {claim.name}
      </Link>
    )
  }
  if (dataset) {
    return (
      <Link to="/data/$dataset" params={{ dataset: dataset.id }}>
        {dataset.reference}
      </Link>
    )
  }
  if (run) {
    return (
      <>
        <Link to={run.state === 'done' && isLaw(run) ? '/laws/$run' : '/r/$run'} params={{ run: run.handle }}>
          <StateShape state={runState(run.state)} />
          {run.handle}
        </Link>{' '}
        {run.name ?? <code>{run.command}</code>}
      </>
    )
  }
  if (file) {
    return (
      <>
        {file.path} <code>{format.bytes(file.size)}</code>
      </>
    )
  }
  return say(node)
}
