// A definition list: the facts about a thing, name and value side by side.
import style from './Facts.module.css'

export interface FactLine {
  name: string
  value: React.ReactNode
}

export function Facts({ lines }: { lines: (FactLine | false | '' | undefined | null)[] }) {
  return (
    <dl className={style.facts}>
      {lines.map(
        (line) =>
          line && (
            <div key={line.name}>
              <dt>{line.name}</dt>
              <dd>{line.value}</dd>
            </div>
          ),
      )}
    </dl>
  )
}
