// The command and its environment: code, interpreter, packages, variables.
import { objectUrl } from '../api/runs'
import type { Code, InnerRepository, RunDetail, Sentence } from '../api/types'
import { useFormat } from '../format/format'
import { shellLine } from '../format/shell'
import { type Text, useText } from '../messages/catalogue'
import { useSay } from '../messages/say'
import { useObjectText } from '../outputs/objects'
import previewStyle from '../outputs/Preview.module.css'
import { Command, Copyable } from '../parts/Copyable'
import { Facts } from '../parts/Facts'
import { Empty, Placeholder, Problem } from '../parts/Notice'
import style from './CodePart.module.css'

const diff_bytes = 512 * 1024
const commit_digits = 12

function commandOf({ spec, external, command }: RunDetail): string {
  if (external?.command.length) return shellLine(external.command)
  return spec && !spec.recipe ? shellLine(spec.argv) : command
}

export function CodePart({ run }: { run: RunDetail }) {
  const text = useText()
  const { spec } = run
  return (
    <div className={style.code}>
      <section>
        <h2>{text('run.code.command')}</h2>
        <Command value={commandOf(run)} />
      </section>
      {spec?.code ? <CodeFacts code={spec.code} missing={spec.code_missing} /> : <Empty>{text('run.code.none')}</Empty>}
      <Environment run={run} />
    </div>
  )
}

function CodeFacts({ code, missing }: { code: Code; missing?: Sentence | null }) {
  const text = useText()
  const say = useSay()
  const format = useFormat()
  if (code.kind === 'not_captured')
    return <Empty>{text('run.code.notCaptured', { why: missing ? say(missing) : code.why })}</Empty>
  if (code.kind === 'folder') {
    return (
      <section>
        <h2>{text('run.code.folder', { files: format.count(code.files), size: format.bytes(code.bytes) })}</h2>
        <Facts lines={[{ name: text('word.digest'), value: <Copyable value={code.listing} /> }]} />
      </section>
    )
  }
  return (
    <section>
      <h2>{text('run.code.git')}</h2>
      <Facts
        lines={[
          { name: text('run.fact.commit'), value: <Copyable value={code.commit} /> },
          code.branch ? { name: text('run.code.branch'), value: code.branch } : undefined,
          code.prefix ? { name: text('run.code.place'), value: <code>{code.prefix}</code> } : undefined,
          !!code.inner?.length && {
            name: text('run.code.inner'),
            value: code.inner.map((inner) => <div key={inner.path}>{innerSentence(inner, text)}</div>),
          },
          code.untracked.length > 0 && {
            name: text('run.code.untracked'),
            value: code.untracked.map((file) => file.path).join(', '),
          },
        ]}
      />
      {code.diff ? <Diff digest={code.diff} /> : <p className={style.quiet}>{text('run.code.clean')}</p>}
    </section>
  )
}

/** The code of an inner repository. */
function innerSentence({ path, commit, changed, is_named }: InnerRepository, text: Text): string {
  let inner = commit
    ? text('run.code.inner.at', { path, commit: commit.slice(0, commit_digits) })
    : text('run.code.inner.without_commit', { path })
  if (changed) inner = text('run.code.inner.changed', { inner })
  return is_named ? inner : text('run.code.inner.not_named', { inner })
}

function Diff({ digest }: { digest: string }) {
  const text = useText()
  const { data, error } = useObjectText(digest, objectUrl(digest), diff_bytes)
  return (
    <div className={previewStyle.preview}>
      <h3>{text('run.code.diff')}</h3>
      {error ? (
        <Problem error={error} />
      ) : data === undefined ? (
        <Placeholder lines={6} />
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrollable area must be reachable by keyboard
        <pre className={previewStyle.text} tabIndex={0}>
          {data.text.split('\n').map((line, at) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a line has no identity but its index
            <span key={at} className={diffClass(line)}>
              {line}
              {'\n'}
            </span>
          ))}
        </pre>
      )}
    </div>
  )
}

function diffClass(line: string): string | undefined {
  if (line.startsWith('@@')) return previewStyle.hunk
  if (line.startsWith('+') && !line.startsWith('+++')) return previewStyle.added
  if (line.startsWith('-') && !line.startsWith('---')) return previewStyle.removed
  return undefined
}

function Environment({ run }: { run: RunDetail }) {
  const text = useText()
  const { software, spec } = run
  const packages = Object.entries(software?.packages ?? {})
  const variables = Object.entries(spec?.environment ?? {})
  const nothing = !software && variables.length === 0 && !spec?.secrets.length
  return (
    <section>
      <h2>{text('run.env.title')}</h2>
      {nothing && <p className={style.quiet}>{text('run.env.none')}</p>}
      <Facts
        lines={[
          software?.interpreter
            ? { name: text('run.env.interpreter'), value: `${software.interpreter} ${software.version ?? ''}` }
            : undefined,
          software?.platform ? { name: text('run.env.platform'), value: software.platform } : undefined,
          spec && spec.secrets.length > 0 && { name: text('run.env.secrets'), value: spec.secrets.join(', ') },
        ]}
      />
      {packages.length > 0 && (
        <details className={style.details}>
          <summary>{text('run.env.packages', { count: packages.length })}</summary>
          <ul className={style.packages}>
            {packages.map(([name, version]) => (
              <li key={name}>
                {name} <span>{version}</span>
              </li>
            ))}
          </ul>
        </details>
      )}
      {variables.length > 0 && (
        <details className={style.details}>
          <summary>{text('run.env.variables')}</summary>
          <Facts lines={variables.map(([name, value]) => ({ name, value: <code>{value}</code> }))} />
        </details>
      )}
    </section>
  )
}
