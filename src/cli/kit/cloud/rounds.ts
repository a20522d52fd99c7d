import { setTimeout as sleep } from 'node:timers/promises'
import { Journal, LedgerFile } from '../../../cloud/ledger/files.ts'
import { whileLocked } from '../../../cloud/ledger/lock.ts'
import { refresh } from '../../../cloud/ledger/refresh.ts'
import { letGo } from '../../../cloud/others/lifecycle.ts'
import { CloudError } from '../../../cloud/provider.ts'
import { ledgerPath } from '../../../inventory/cloud/ledger.ts'
import { count, duration } from '../../../lib/units.ts'
import type { CloudAccount } from '../../../model/cloud.ts'
import { inventoryFile } from '../../../project/load.ts'
import { inSyncLine, jsonLine, lookOf, type Out } from '../../../report/index.ts'
import { explain } from '../../explain.ts'
import type { Io } from '../../io.ts'
import { UsageError } from '../../usage-error.ts'
import { chosen } from '../chosen-hosts.ts'
import { interrupts } from '../interrupts.ts'
import { type ApplyFlags, applyAll } from './apply-hosts.ts'
import { cloudSaysNo, onCloud, worst } from './ground.ts'

const UNITS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000 }

/** Milliseconds between the starts of two rounds. @throws UsageError */
export function pauseOf(text: string): number {
  const [, number = '', unit = ''] = /^([1-9]\d{0,4})([smh])$/.exec(text) ?? []
  if (number === '') throw new UsageError(`--every needs a time: 30s, 5m or 1h, not "${text}"`)
  return Number(number) * (UNITS[unit] ?? 0)
}

/**
 * A stream that prefixes a round's first line with a heading that has the time. It never repaints, because rounds form
 * a log.
 */
function underHeading(out: Out, heading: () => string): { readonly out: Out; spoke(): boolean } {
  let spoke = false
  return {
    spoke: () => spoke,
    out: {
      get writableNeedDrain() {
        return out.writableNeedDrain === true
      },
      once: (event, listener) => out.once?.(event, listener),
      write(text) {
        if (!spoke) out.write(heading())
        spoke = true
        return out.write(text)
      },
    },
  }
}

/** Does the ledger contain members of groups that are about to end? */
async function someoneLeaves(flags: ApplyFlags, io: Io, account: CloudAccount): Promise<boolean> {
  const { hosts } = new LedgerFile(ledgerPath(await inventoryFile(flags.inventory, io.cwd)), account)
  return Object.values(hosts).some(({ phase }) => phase === 'leaves')
}

/**
 * One round: finds the existing hosts, configures them, lets new ones enter service, and takes those out of service
 * that their groups terminate.
 */
async function round(flags: ApplyFlags, io: Io, account: CloudAccount | undefined, terse: boolean) {
  const refreshed = account ? await onCloud(flags, io, (ground) => refresh(ground, false), { terse: true }) : 0
  const { run, exitCode } = await applyAll(flags, io, { terse, none: true })
  const gone =
    account && (await someoneLeaves(flags, io, account)) ? await onCloud(flags, io, letGo, { terse: true }) : 0
  return { run, exitCode: worst([refreshed, exitCode, gone]) }
}

/** {@link round}, while no other process on this machine works on the same instances. */
async function lockedRound(flags: ApplyFlags, io: Io, terse: boolean): ReturnType<typeof round> {
  const account = (await chosen(flags, io, { none: true })).cluster.cloud
  const work = () => round(flags, io, account, terse)
  if (!account) return work()
  return whileLocked(new Journal(account, io.env).lock, work, flags.wait ? (io.stop ?? endless()) : undefined)
}

const endless = (): AbortSignal => new AbortController().signal

/** One round, shown like any run. Returns the exit code. */
export async function oneRound(flags: ApplyFlags, io: Io): Promise<number> {
  const account = (await chosen(flags, io, { none: true })).cluster.cloud
  if (!account)
    throw new UsageError('--refresh asks the cloud, and the inventory names none: leave it out, or see docs/cloud.md')
  return lockedRound(flags, io, false).then(
    ({ run, exitCode }) => {
      if (run.hosts.length === 0) io.stderr.write('There are no hosts yet.\n')
      return exitCode
    },
    (error: unknown) => cloudSaysNo(error, io),
  )
}

/** Repeats rounds until ^C, even after failures. Returns the last one's exit code. */
export async function rounds(flags: ApplyFlags, io: Io, pause: number): Promise<number> {
  if (flags['ask-pass'] || flags['ask-become-pass'])
    throw new UsageError('--every would ask for passwords in every round: let a key log in, and sudo ask for none')
  await chosen(flags, io, { none: true })
  const { signal, dispose } = interrupts(io.stop)
  const began = performance.now()
  const codes: number[] = []
  try {
    while (!signal.aborted) {
      const next = performance.now() + pause
      codes.push(await shownRound(flags, { ...io, stop: signal }, codes.length + 1))
      const rest = Math.max(0, next - performance.now())
      if (!signal.aborted) await sleep(rest, undefined, { signal }).catch(() => undefined)
    }
  } finally {
    dispose()
  }
  const failed = codes.filter((code) => code !== 0).length
  const trouble = failed > 0 ? `, ${failed} of them with trouble` : ''
  io.stderr.write(`${count(codes.length, 'round')}${trouble} in ${duration(performance.now() - began)}\n`)
  return codes.at(-1) ?? 0
}

/** One of many rounds: shows one line if nothing happens, otherwise the whole run. Returns the exit code. */
async function shownRound(flags: ApplyFlags, io: Io, number: number): Promise<number> {
  const look = lookOf(io.stderr, io.env, flags.color)
  const now = new Date().toTimeString().slice(0, 8)
  const { out, spoke } = underHeading(io.stderr, () => `${now}  round ${number}\n`)
  const shown = { ...flags, color: look.colour }
  const began = performance.now()
  const code = await lockedRound(shown, { ...io, stderr: out }, number > 1).then(
    ({ run, exitCode }) => {
      const says = run.hosts.length > 0 ? inSyncLine(run.hosts, run.ms, look) : 'no hosts yet'
      if (!spoke()) io.stderr.write(`${now}  ${says}\n`)
      return exitCode
    },
    (error: unknown) => {
      if (error instanceof CloudError) return cloudSaysNo(error, { ...io, stderr: out })
      const { text, code } = explain(error, io)
      out.write(text)
      return code
    },
  )
  const ms = Math.round(performance.now() - began)
  if (flags.json) io.stdout.write(`${jsonLine({ event: 'round', round: number, exitCode: code, ms })}\n`)
  return code
}
