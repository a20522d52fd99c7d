import type { InventoryHost } from '../../model/host.ts'

/**
 * The headers that make a request to a HAProxy's port 80 one of its clients': where these come by https, anything else
 * would be answered with a redirect, by HAProxy or by the app, whatever becomes of the clients.
 */
export const haproxyHeaders = ({ vars }: InventoryHost): Readonly<Record<string, string>> => {
  const { redirectToHttps, tls } = vars.haproxy ?? {}
  return redirectToHttps === true || tls !== undefined ? { 'X-Forwarded-Proto': 'https' } : {}
}

/**
 * How many seconds after a reload the old HAProxy ends what it still has. A load balancer in front may still use an
 * idle connection for as long as HAProxy keeps it, so it is never less than that.
 */
export const haproxyHardStop = (times: { readonly hardStopSeconds: number; readonly clientSeconds: number }): number =>
  Math.max(times.hardStopSeconds, times.clientSeconds + 15)
