// Recipes: their list, and the form that runs one. Buttons lead to them, so they have no entry in the rail.
import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { queryClient } from '../api/query_client'
import { recipeQuery, recipesQuery } from '../api/recipes'
import { root } from '../frame/root'
import type { Noun, NounLink } from '../noun'
import { readRecipeSearch } from './recipe_search'

const recipesRoute = createRoute({
  getParentRoute: () => root,
  path: '/recipes',
  validateSearch: readRecipeSearch,
  loader: () => {
    queryClient.prefetchQuery(recipesQuery)
  },
  component: lazyRouteComponent(() => import('./RecipesPage'), 'RecipesPage'),
})

const recipeRoute = createRoute({
  getParentRoute: () => root,
  path: '/recipes/$recipe',
  validateSearch: readRecipeSearch,
  loader: ({ params: { recipe } }) => {
    queryClient.prefetchQuery(recipeQuery(recipe))
  },
  component: lazyRouteComponent(() => import('./RecipePage'), 'RecipePage'),
})

const recipeLink = (recipe: string): NounLink => ({ to: '/recipes/$recipe', params: { recipe } })

export const recipe = {
  position: 35,
  facts: [],
  routes: [recipesRoute, recipeRoute],
  link: recipeLink,
} as const satisfies Noun
