// The recipes that users start; each leads to its form.
import { Link, useSearch } from '@tanstack/react-router'
import { useRecipes } from '../api/recipes'
import { useBreadcrumb } from '../frame/Breadcrumb'
import { useText } from '../messages/catalogue'
import { useLanguage } from '../messages/language'
import { Answer } from '../parts/Answer'
import { Empty } from '../parts/Notice'
import style from './Recipe.module.css'

export function RecipesPage() {
  const text = useText()
  const language = useLanguage()
  const search = useSearch({ from: '/recipes' })
  const recipes = useRecipes()
  useBreadcrumb(undefined, text('recipe.list'))
  return (
    <div className={style.page}>
      <h1>{text('recipe.list')}</h1>
      <p className={style.body}>{text('recipe.list.body')}</p>
      <Answer asked={recipes}>
        {(all) => {
          const shown = all.filter(({ started_by }) => started_by === 'people')
          if (shown.length === 0) return <Empty>{text('recipe.list.none')}</Empty>
          return (
            <ul className={style.list}>
              {shown.map(({ name, version, summary }) => (
                <li key={name}>
                  <Link to="/recipes/$recipe" params={{ recipe: name }} search={search}>
                    {name}
                  </Link>
                  <span className={style.note}>{text('recipe.version', { version })}</span>
                  <p>{summary[language]}</p>
                </li>
              ))}
            </ul>
          )
        }}
      </Answer>
    </div>
  )
}
