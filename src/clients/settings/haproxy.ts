/**
 * How many seconds after a reload the old HAProxy ends what it still has. A load balancer in front may still use an
 * idle connection for as long as HAProxy keeps it, so it is never less than that.
 */
export const haproxyHardStop = (times: { readonly hardStopSeconds: number; readonly clientSeconds: number }): number =>
  Math.max(times.hardStopSeconds, times.clientSeconds + 15)
