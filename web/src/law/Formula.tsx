// A formula for people: exponents raised, a real multiplication dot.
import { formulaPieces } from './formula'
import style from './LawPage.module.css'

export function Formula({ children }: { children: string }) {
  return (
    <span className={style.formula} title={children}>
      {formulaPieces(children).map(({ text, raised }, at) =>
        // biome-ignore lint/suspicious/noArrayIndexKey: a piece is named by its place
        raised ? <sup key={at}>{text}</sup> : <span key={at}>{text}</span>,
      )}
    </span>
  )
}
