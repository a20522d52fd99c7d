/**
 * A line as Marathon writes it: `[2026-11-22 11:06:47,284] INFO  … (Marathon stand-in)`. Lines that name a level keep
 * it.
 */
export const log = (text: string): void => {
  const time = new Date().toISOString().replace('T', ' ').replace('.', ',').slice(0, -1)
  const line = /^(ERROR|WARN|INFO)\s/.test(text) ? text : `INFO  ${text}`
  process.stdout.write(`[${time}] ${line}\n`)
}

/** Ends the process as Marathon ends: it always says with which code, and never comes back by itself. */
export const die = (code: number, why: string): never => {
  log(`ERROR ${why}`)
  log(`INFO  shutting down with exit code ${code}`)
  process.exit(code)
}
