// A formula for readers: raised exponents and a real multiplication dot.
import { formulaPieces } from './formula'
import style from './LawPage.module.css'

export function Formula({ children }: { children: string }) {
  return (
    <span className={style.formula} title={children}>
      {formulaPieces(children).map(({ text, raised }, at) =>
        // biome-ignore lint/suspicious/noArrayIndexKey: a piece has no identity but its index
        raised ? <sup key={at}>{text}</sup> : <span key={at}>{text}</span>,
      )}
    </span>
  )
}
