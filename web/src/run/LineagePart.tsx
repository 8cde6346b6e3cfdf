// The lineage of a run: its sources, where it ran and how it ended, and whether it would run again.
import { useRunExplanation } from '../api/runs'
import type { RunDetail } from '../api/types'
import { LineageAside } from '../lineage/LineageAside'
import { useText } from '../messages/catalogue'
import { useSay } from '../messages/say'
import style from '../parts/NounPage.module.css'

export function LineagePart({ run, name }: { run: RunDetail; name: string }) {
  const text = useText()
  const say = useSay()
  const explanation = useRunExplanation(name).data
  // The last lines that a failed run printed to stderr.
  const words = explanation?.lines.filter(({ about }) => about === 'stderr')
  return (
    <LineageAside
      of={name}
      node={`run/${run.id}`}
      called={run.handle}
      project={run.project}
      none={text(run.external ? 'run.why.none.elsewhere' : 'run.why.none')}
      noneRests={text('run.rests.none')}
    >
      {explanation && explanation.lines.length > 0 && (
        <ul className={style.reasons}>
          {explanation.lines
            .filter(({ about }) => about !== 'stderr')
            .map((line) => (
              <li key={`${line.about} ${line.text}`}>{say(line)}</li>
            ))}
        </ul>
      )}
      {words && words.length > 0 && (
        <figure>
          <figcaption>stderr</figcaption>
          <pre className={style.words}>{words.map((line) => `${say(line)}\n`).join('')}</pre>
        </figure>
      )}
    </LineageAside>
  )
}
