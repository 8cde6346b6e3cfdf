// A text, or a JSON document with indented lines, with a search in it.
import { useEffect, useMemo, useRef, useState } from 'react'
import type { RunFile } from '../api/types'
import { useText } from '../messages/catalogue'
import { IconButton } from '../parts/Button'
import inputStyle from '../parts/Input.module.css'
import { Placeholder, Problem } from '../parts/Notice'
import { CutNote } from './CutNote'
import { indentedJson } from './json_text'
import { useObjectText } from './objects'
import style from './Preview.module.css'
import { piecesOf } from './text_search'

const text_bytes = 256 * 1024

export function TextPreview({ file, url }: { file: RunFile; url: string }) {
  const { data, error } = useObjectText(file.digest, url, text_bytes)
  if (error) return <Problem error={error} />
  if (data === undefined) return <Placeholder lines={8} />
  return (
    <>
      <SearchedText content={data.text} isJson={data.whole && /\.json$/i.test(file.path)} />
      {!data.whole && <CutNote shown={data.text.length} size={file.size} />}
    </>
  )
}

export function SearchedText({ content, isJson }: { content: string; isJson: boolean }) {
  const text = useText()
  const [wanted, setWanted] = useState('')
  const [at, setAt] = useState(0)
  const place = useRef<HTMLPreElement>(null)
  const shown = useMemo(() => (isJson ? (indentedJson(content) ?? content) : content), [content, isJson])
  const { pieces, matches } = useMemo(() => piecesOf(shown, wanted), [shown, wanted])
  // biome-ignore lint/correctness/useExhaustiveDependencies: each step of the search scrolls to its match
  useEffect(() => {
    place.current?.querySelector('mark[data-current]')?.scrollIntoView({ block: 'nearest' })
  }, [at, pieces])
  const step = (by: number) => setAt(matches === 0 ? 0 : (at + by + matches) % matches)
  return (
    <>
      <form
        className={style.search}
        role="search"
        onSubmit={(event) => {
          event.preventDefault()
          step(1)
        }}
      >
        <input
          className={inputStyle.input}
          type="search"
          spellCheck={false}
          value={wanted}
          aria-label={text('output.search')}
          placeholder={text('output.search')}
          onChange={(event) => {
            setWanted(event.target.value)
            setAt(0)
          }}
        />
        {wanted !== '' && (
          <>
            <span role="status">{text('output.matches', { count: matches, at: matches === 0 ? 0 : at + 1 })}</span>
            <IconButton
              icon="up"
              label={text('output.match.previous')}
              disabled={matches < 2}
              onClick={() => step(-1)}
            />
            <IconButton icon="down" label={text('output.match.next')} disabled={matches < 2} onClick={() => step(1)} />
          </>
        )}
      </form>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrollable area must be reachable by keyboard */}
      <pre ref={place} className={style.text} tabIndex={0}>
        {pieces.map((piece, index) =>
          piece.match === undefined ? (
            piece.text
          ) : (
            // biome-ignore lint/suspicious/noArrayIndexKey: a piece has no identity but its index
            <mark key={index} data-current={piece.match === at || undefined}>
              {piece.text}
            </mark>
          ),
        )}
      </pre>
    </>
  )
}
