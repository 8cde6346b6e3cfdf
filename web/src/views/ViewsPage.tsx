// All saved views that the reader may see: which page they open, their project, and the user who saved them last.
import { useViews } from '../api/saved_views'
import { useBreadcrumb } from '../frame/Breadcrumb'
import { keyFor, useText } from '../messages/catalogue'
import { Answer } from '../parts/Answer'
import listStyle from '../parts/ListPage.module.css'
import { Empty } from '../parts/Notice'
import tableStyle from '../parts/Table.module.css'
import { TableFrame } from '../parts/TableFrame'
import { Time } from '../parts/Time'
import { ViewActions } from './ViewActions'
import { ViewLink } from './ViewLink'
import style from './Views.module.css'

export function ViewsPage() {
  const text = useText()
  useBreadcrumb(undefined, text('views.title'), '/runs')
  const asked = useViews(undefined)
  return (
    <div className={listStyle.page}>
      <header className={listStyle.head}>
        <h1>{text('views.title')}</h1>
        {asked.data && <span role="status">{text('views.count', { count: asked.data.length })}</span>}
      </header>
      <Answer asked={asked} lines={6}>
        {(views) =>
          views.length === 0 ? (
            <Empty>{text('views.none.all')}</Empty>
          ) : (
            <TableFrame>
              <table className={tableStyle.table}>
                <thead>
                  <tr>
                    <th scope="col">{text('word.name')}</th>
                    <th scope="col">{text('views.page')}</th>
                    <th scope="col">{text('word.project')}</th>
                    <th scope="col" className={tableStyle.wide}>
                      {text('views.savedBy')}
                    </th>
                    <th scope="col" className={tableStyle.wide}>
                      {text('views.saved')}
                    </th>
                    <th scope="col" className={tableStyle.tools}>
                      <span className="visually-hidden">{text('views.rename')}</span>
                    </th>
                  </tr>
                </thead>
                <tbody>
                  {views.map((view) => {
                    const page = keyFor('views.page', view.page)
                    return (
                      <tr key={view.id}>
                        <th scope="row" title={view.name}>
                          <ViewLink view={view} />
                        </th>
                        <td>{page ? text(page) : view.page}</td>
                        <td>{view.project}</td>
                        <td className={tableStyle.wide}>{view.saved_by.name ?? view.saved_by.kind}</td>
                        <td className={tableStyle.wide}>
                          <Time at={view.saved} />
                        </td>
                        <td className={tableStyle.tools}>
                          <span className={style.tools}>
                            <ViewActions view={view} />
                          </span>
                        </td>
                      </tr>
                    )
                  })}
                </tbody>
              </table>
            </TableFrame>
          )
        }
      </Answer>
    </div>
  )
}
