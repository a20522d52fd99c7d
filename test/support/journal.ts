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

/**
 * sh that prints how main processes of units ended by themselves or were stopped since the boot, each after the last
 * lines of its unit. The id is systemd's, of what it says then.
 */
const ENDS = `${journal('-b -q --no-pager -o cat --output-fields=UNIT _PID=1 MESSAGE_ID=98e322203f7a4ed290d09fe03c09fe15')} |
sort -u | head -n 8 | while read -r unit; do
  ${journal('-b -q --no-pager -o short-precise -u "$unit"')} | grep -B 8 "Main process exited" | tail -n 18 | cut -c -400
done`

/** Prints how units of a failed suite's hosts ended, in the hosts' time: a suite in CI cannot be looked at. */
export async function sayEnds(box: Sandbox): Promise<void> {
  for (const host of box.hosts()) {
    const said = await host.sh(`timeout 60 sh -c '${ENDS}'`).then(
      ({ stdout }) => stdout.trim(),
      (error: unknown) => `${error}`, // as where it does not run
    )
    if (said !== '') console.error(`\nhow units ended on ${host.name}:\n${said}`)
  }
}
