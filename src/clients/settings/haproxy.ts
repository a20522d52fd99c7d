/**
 * The headers of a request to a HAProxy that asks for an app as its users do: most come by https, and to others an app
 * with `force_ssl`, or HAProxy with `redirectToHttps`, only answers a redirect, whatever becomes of its users.
 */
export const AS_USERS = { 'X-Forwarded-Proto': 'https' } as const

/**
 * How many seconds after a reload the old HAProxy ends what it still has. A load balancer in front may still use an
 * idle connection for as long as HAProxy keeps it, so it is never less than that.
 */
export const haproxyHardStop = (times: { readonly hardStopSeconds: number; readonly clientSeconds: number }): number =>
  Math.max(times.hardStopSeconds, times.clientSeconds + 15)
