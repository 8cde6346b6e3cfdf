// The colour and the dashes of a line, as legends and tables show them.
import style from './Compare.module.css'
import type { LineLook } from './run_colours'

export function Swatch({ look: { token, dash } }: { look: LineLook }) {
  return (
    <svg
      className={style.swatch}
      aria-hidden="true"
      width="24"
      height="10"
      viewBox="0 0 24 10"
      style={{ color: `var(${token})` }}
    >
      <path d="M0 5h24" fill="none" stroke="currentColor" strokeWidth="2.6" strokeDasharray={dash.join(' ')} />
    </svg>
  )
}
