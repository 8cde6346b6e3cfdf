// Recipes: their arguments, inputs and results; and the start of a run of one.
import { queryOptions, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { get, send } from './client'
import { keys } from './keys'
import { runKeys } from './runs'
import type { RunSummary, Schemas } from './types'

export type ArgumentType = Schemas['ArgumentType']
export type RecipeArgument = Schemas['RecipeArgument']
export type RecipeDetail = Schemas['RecipeDetail']
export type RecipeInput = Schemas['RecipeInput']
export type RecipeSummary = Schemas['RecipeSummary']

export const recipeKeys = { all: ['recipes'], one: (recipe: string) => ['recipes', recipe] } as const

export const recipesQuery = queryOptions({
  queryKey: recipeKeys.all,
  queryFn: async ({ signal }) => (await get<Schemas['RecipeList']>('/recipes', {}, signal)).recipes,
})

export const useRecipes = () => useQuery(recipesQuery)

export const recipeQuery = (recipe: string) =>
  queryOptions({
    queryKey: recipeKeys.one(recipe),
    queryFn: ({ signal }) => get<RecipeDetail>(`/recipes/${encodeURIComponent(recipe)}`, {}, signal),
  })

export const useRecipe = (recipe: string, enabled = true) => useQuery({ ...recipeQuery(recipe), enabled })

/** The request to run a recipe. */
export interface RecipeRun {
  project: string | undefined
  name: string
  arguments: Record<string, unknown>
  /** Each dataset that it reads, by the path of the input. */
  tables: { path: string; dataset: string }[]
}

interface Started {
  run: RunSummary
}

export function useStartRecipe(recipe: RecipeDetail) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: async ({ project, name, arguments: given, tables }: RecipeRun) => {
      const inputs = tables.map(async ({ path, dataset }) => ({
        ...(await get<Schemas['FileRef']>(`/datasets/${encodeURIComponent(dataset)}/table`)),
        path,
      }))
      return send<Started>('POST', '/runs', {
        project,
        name,
        recipe: { name: recipe.name, arguments: given },
        inputs: await Promise.all(inputs),
        outputs: recipe.outputs.map(({ path }) => path),
      })
    },
    onSettled: () => {
      client.invalidateQueries({ queryKey: runKeys.all })
      client.invalidateQueries({ queryKey: keys.overview })
    },
  })
}
