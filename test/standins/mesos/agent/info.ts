import { statfsSync } from 'node:fs'
import { cpus, totalmem } from 'node:os'
import type { Address } from '../common/address.ts'
import { parseAttributes } from '../common/attributes.ts'
import type { Flags } from '../common/flags.ts'
import type { Log } from '../common/log.ts'
import type { AgentInfo, Resource } from '../common/proto.ts'
import { parseResources } from '../common/resource-text.ts'

const MIB = 1024 * 1024

/** What a host has, as an agent finds out: memory and disk without a part for others. */
function detected(workDir: string): readonly Resource[] {
  const mem = Math.floor(totalmem() / MIB)
  const { blocks, bsize } = statfsSync(workDir)
  const disk = Math.floor((blocks * bsize) / MIB)
  const scalar = (name: string, value: number): Resource => ({ name, type: 'SCALAR', scalar: { value } })
  return [
    scalar('cpus', cpus().length),
    scalar('mem', mem > 2048 ? mem - 1024 : Math.floor(mem / 2)),
    scalar('disk', disk > 10240 ? disk - 5120 : Math.floor(disk / 2)),
    { name: 'ports', type: 'RANGES', ranges: { range: [{ begin: 31000, end: 32000 }] } },
  ]
}

const ORDER = ['cpus', 'mem', 'disk', 'ports']
const rank = ({ name }: Resource): number => (ORDER.indexOf(name) + ORDER.length + 1) % (ORDER.length + 1)

/** What an agent is, by its flags; resources that they do not name are the host's. */
export function agentInfo(flags: Flags, { hostname, port }: Address, log: Log): AgentInfo {
  try {
    const given = parseResources(flags.text('resources') ?? '')
    const rest = detected(flags.text('work_dir') ?? '/').filter((d) => !given.some((g) => g.name === d.name))
    const resources = [...given, ...rest].sort((a, b) => rank(a) - rank(b))
    log.info('slave.cpp:636', `Agent resources: ${JSON.stringify(resources)}`)
    return { hostname, port, resources, attributes: attributes(flags, log) }
  } catch (error) {
    return log.exit('slave.cpp:498', `Failed to determine agent resources: ${(error as Error).message}`)
  }
}

function attributes(flags: Flags, log: Log): AgentInfo['attributes'] {
  try {
    const found = parseAttributes(flags.text('attributes') ?? '')
    log.info(
      'slave.cpp:644',
      `Agent attributes: [ ${found.map((a) => `${a.name}=${a.text?.value ?? a.scalar?.value ?? ''}`).join(', ')} ]`,
    )
    return found
  } catch (error) {
    return log.exit('slave.cpp:640', (error as Error).message)
  }
}
