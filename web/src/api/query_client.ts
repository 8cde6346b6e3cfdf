// The cache of answers: live facts mark answers as stale, so no answer is requested twice without a reason.
import { QueryClient } from '@tanstack/react-query'
import { asApiError } from './error'

const tries_max = 3

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 30_000,
      refetchOnWindowFocus: false,
      // A refused request stays refused; a request to a server that does not answer is repeated until it does.
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
