import type { Script } from '../shell/script.ts'
import type { Connection } from '../transport/transport.ts'
import type { Net } from './recipe.ts'

/** Most bytes of what a script that only reads may answer. */
const MOST = 1024 * 1024
/** Milliseconds without a byte after which it counts as hung. */
const SILENCE = 30_000

/** What recipes may ask of a host, over a connection that is made where there is none yet. */
export function netOf(connect: () => Promise<Connection>): Net {
  return {
    dial: async (address, port) => (await connect()).dial(address, port),
    async read(script: Script) {
      const exec = (await connect()).exec(script, { maxStdout: MOST, silence: SILENCE })
      const chunks: Buffer[] = []
      exec.stdout.on('data', (chunk: Buffer) => chunks.push(chunk))
      exec.stdout.on('error', () => undefined) // `done` says it
      const { code, stderr } = await exec.done
      if (code !== 0) throw new Error(stderr.trim().split('\n').at(-1) || `exit ${code}`)
      return Buffer.concat(chunks).toString('utf8')
    },
  }
}
