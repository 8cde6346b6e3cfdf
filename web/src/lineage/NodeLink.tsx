// One node of a lineage: a link where it has a page, and the word when it is not sound.
import { Link } from '@tanstack/react-router'
import type { Node } from '../api/types'
import { useFormat } from '../format/format'
import { useSay } from '../messages/say'
import type { NodeView } from '../noun'
import { ShownShape } from '../parts/ShownShape'
import { SoundnessMark } from '../parts/SoundnessMark'
import style from './Lineage.module.css'
import { viewOf } from './node_view'

interface NodeLinkProps {
  node: Omit<Node, 'text'> & { text: string }
  /** Leaves out the word when it is not sound: a text nearby contains it. */
  unmarked?: boolean
}

export function NodeLink({ node, unmarked = false }: NodeLinkProps) {
  const view = viewOf(node)
  return (
    <span className={style.node}>
      {view ? <Viewed view={view} /> : <Unnamed node={node} />}
      {!unmarked && <SoundnessMark soundness={view?.soundness} />}
    </span>
  )
}

const shape_px = 13

function Viewed({ view: { link, shape, label, description } }: { view: NodeView }) {
  return (
    <>
      <Link {...link}>
        {shape && <ShownShape shape={shape} size={shape_px} />}
        {label}
      </Link>
      {description && ' '}
      {description && ('text' in description ? description.text : <code>{description.command}</code>)}
    </>
  )
}

function Unnamed({ node }: { node: NodeLinkProps['node'] }) {
  const say = useSay()
  const format = useFormat()
  const { file } = node
  if (!file) return say(node)
  return (
    <>
      {file.path} <code>{format.bytes(file.size)}</code>
    </>
  )
}
