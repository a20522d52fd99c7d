import type { Log } from './log.ts'

const on = (value: string | undefined): boolean => value === 'true' || value === '1'

/**
 * Ends a daemon that is to speak TLS: a real one where it has no key, in its words; a stand-in always, rather than
 * serve what nobody asked for.
 */
export function refuseTls(env: Readonly<Record<string, string | undefined>>, log: Log): void {
  if (!on(env.LIBPROCESS_SSL_ENABLED) && !on(env.SSL_ENABLED)) return
  if ((env.LIBPROCESS_SSL_KEY_FILE ?? env.SSL_KEY_FILE) === undefined)
    log.exit('openssl.cpp:583', 'SSL requires key! NOTE: Set path with LIBPROCESS_SSL_KEY_FILE')
  log.exit('openssl.cpp:1', 'this stand-in has no TLS: unset LIBPROCESS_SSL_ENABLED')
}
