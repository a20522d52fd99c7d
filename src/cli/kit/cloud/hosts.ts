import { type Compared, compare } from '../../../cloud/ledger/compare.ts'
import { jsonLine, lookOf } from '../../../report/index.ts'
import type { Io } from '../../io.ts'
import { rows } from '../table.ts'
import { type CloudFlags, onGround } from './ground.ts'

const cells = ({ host, id = '-', state = '', zone = '', address = '', note }: Compared): readonly string[] => [
  host,
  id,
  state,
  zone,
  address,
  note,
]

/** Compares declared hosts with existing ones. Returns the exit code. */
export async function cloudHosts(flags: CloudFlags, io: Io): Promise<number> {
  return onGround(
    flags,
    io,
    () => {},
    async (ground) => {
      const found = await compare(ground)
      if (flags.json) for (const each of found) io.stdout.write(`${jsonLine(each)}\n`)
      else {
        const look = lookOf(io.stdout, io.env, flags.color)
        const heading = ['host', 'instance', 'state', 'zone', 'address', '']
        const shown = rows(heading, found.map(cells), look, (row) => (found[row]?.note === '' ? undefined : 'yellow'))
        for (const line of shown) io.stdout.write(`${line}\n`)
      }
      return 0
    },
  )
}
