// How answers are kept: live facts say when they are stale, so nothing is asked twice without a reason.
import { QueryClient } from '@tanstack/react-query'
import { asApiError } from './error'

const tries_max = 3

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 30_000,
      refetchOnWindowFocus: false,
      // What was refused stays refused; a server that does not answer is asked again until it does.
      retry: (failures, error) => {
        const known = asApiError(error)
        if (known?.isUnreachable) return true
        return (known === undefined || known.status >= 500) && failures < tries_max
      },
      retryDelay: (failures) => Math.min(500 * 2 ** failures, 5000),
    },
    mutations: { retry: false },
  },
})
