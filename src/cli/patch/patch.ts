import { boot, inTurns } from '../../engine/about.ts'
import { output } from '../../engine/link/net.ts'
import { message } from '../../lib/message.ts'
import { makeQuiet } from '../../report/index.ts'
import type { Io } from '../io.ts'
import { connected } from '../kit/chosen-hosts.ts'
import { onEach } from '../kit/each-host.ts'
import { BOOT, checkBoots } from '../kit/place.ts'
import { runHosts } from '../kit/run-hosts.ts'
import { refresh, upgrades } from './upgrades.ts'

/** How many milliseconds fetching the package lists may be silent. */
const SILENCE = 400_000

type Flags = Parameters<typeof runHosts>[1] & {
  readonly check?: boolean | undefined
  readonly security?: boolean | undefined
  readonly reboot?: boolean | undefined
  readonly deadline?: number | undefined
}

/** Makes every host fetch its package lists. A host that cannot uses its existing ones. */
async function refreshLists(flags: Flags, io: Io): Promise<void> {
  const quiet = makeQuiet()
  const { hosts, transport, forks } = await connected(flags, io, quiet)
  const told = await onEach(hosts, transport, forks, (_, connection) =>
    output(connection, refresh, SILENCE).then(
      () => undefined,
      (error: unknown) => message(error),
    ),
  )
  for (const answer of told)
    if ('value' in answer && answer.value !== undefined)
      io.stderr.write(`${answer.host.name}: its lists of packages could not be fetched: ${answer.value}\n`)
}

/** Upgrades hosts' packages in turns, and shows it. Returns the exit code. */
export async function patchHosts(words: readonly string[], given: Flags, io: Io): Promise<number> {
  const flags = { ...given, host: [...words, ...(given.host ?? [])] }
  await refreshLists(flags, io)
  const step = upgrades('host', { security: flags.security ?? false })
  const { exitCode } = await runHosts(flags.check ? 'plan' : 'apply', flags, io, {
    about: flags.reboot ? boot({ ifNeeded: true, within: flags.deadline ?? BOOT }, [step]) : inTurns([step]),
    ...(flags.reboot ? { check: checkBoots } : {}),
  })
  return exitCode
}
