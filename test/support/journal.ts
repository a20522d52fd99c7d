import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Sandbox } from '../../src/sandbox/index.ts'

/**
 * sh that reads a host's journal with these arguments: all that had been said until now. Without `--sync`, what journald
 * has received and not written yet is missing, and a busy machine's journald is seconds late.
 */
export const journal = (words: string): string => `{ journalctl --sync; journalctl ${words}; }`

/** The folder for the journals of hosts whose suite has failed: otherwise they go with the hosts. */
const KEPT = 'PROVISION_TEST_JOURNALS'

/** Keeps what the hosts of a failed suite have said, one file each, if this run has a folder for it. */
export async function keepJournals(box: Sandbox, suite: string): Promise<void> {
  const folder = process.env[KEPT]
  if (folder === undefined) return
  mkdirSync(folder, { recursive: true })
  await Promise.all(
    box.hosts().map(async (host) => {
      const said = await host.sh(`timeout 60 sh -c '${journal('-b -n 50000 -o short-precise --no-pager')}'`).then(
        ({ stdout }) => stdout,
        (error: unknown) => `${error}\n`, // as where it does not run
      )
      writeFileSync(join(folder, `${suite.replaceAll('/', '-')}-${host.name}.log`), said)
    }),
  )
}
