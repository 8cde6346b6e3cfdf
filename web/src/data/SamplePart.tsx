// The first rows of a dataset, as they are in the table.
import type { DatasetDetail } from '../api/types'
import { useFormat } from '../format/format'
import { useText } from '../messages/catalogue'
import style from '../parts/NounPage.module.css'
import type { Sample } from './documents'
import { TableGrid } from './TableGrid'

export function SamplePart({ dataset, sample }: { dataset: DatasetDetail; sample: Sample }) {
  const text = useText()
  const format = useFormat()
  return (
    <>
      <p className={style.quiet}>
        {text('data.sample.note', { shown: format.count(sample.rows.length), count: format.count(dataset.rows) })}
      </p>
      <TableGrid
        label={text('data.sample.label', { name: dataset.reference })}
        columns={sample.columns}
        rows={sample.rows}
      />
    </>
  )
}
