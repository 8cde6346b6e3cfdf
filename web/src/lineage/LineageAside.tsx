// *Why?* (the path to the sources of a thing) and *What rests on it?*, in the same position on every page.
import { useLineage } from '../api/knowledge'
import { useMayChange } from '../api/permissions'
import { useSoundness } from '../api/soundness'
import { useText } from '../messages/catalogue'
import { Answer } from '../parts/Answer'
import { IndependencePart } from '../soundness/IndependencePart'
import style from './Lineage.module.css'
import { LineageSteps } from './LineageSteps'
import { nodeName } from './node_view'

interface LineageAsideProps {
  /** The name of the thing for the server: a run's handle, `data/ID`, `claim/ID`. */
  of: string
  /** The same name, always with the id: `run/ID`. */
  node?: string
  /** The name of the thing for readers. */
  called: string
  project: string
  none: string
  noneRests: string
  /** More answers to *Why?*. */
  children?: React.ReactNode
}

export function LineageAside({ of, node = of, called, project, none, noneRests, children }: LineageAsideProps) {
  const text = useText()
  const lineage = useLineage(of)
  const mayAssert = useMayChange(project)
  const apart = useSoundness(node).data?.independences
  return (
    <aside className={style.lineage} aria-label={`${text('run.why')} ${text('run.rests')}`}>
      <section>
        <h2>{text('run.why')}</h2>
        <Answer asked={lineage} lines={2}>
          {({ rests_on }) => <LineageSteps steps={rests_on} none={none} apart={apart} />}
        </Answer>
        {lineage.data?.rests_on.some((step) => step.depth === 1 && nodeName(step)) && (
          <IndependencePart of={node} called={called} mayAssert={mayAssert} />
        )}
        {children}
      </section>
      <section>
        <h2>{text('run.rests')}</h2>
        <Answer asked={{ data: lineage.data, error: null }} lines={1}>
          {({ supports, truncated }) => (
            <>
              <LineageSteps steps={supports} none={noneRests} apart={apart} onward />
              {truncated && <p className={style.none}>{text('lineage.truncated')}</p>}
            </>
          )}
        </Answer>
      </section>
    </aside>
  )
}
