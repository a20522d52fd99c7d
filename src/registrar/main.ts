import { readFileSync } from 'node:fs'
import { message } from '../lib/message.ts'
import { type Config, parseConfig } from './config.ts'
import { jsonLog } from './log.ts'
import { startRegistrar } from './registrar.ts'

const log = jsonLog(process.stdout)

function configuration(path: string): Config | undefined {
  try {
    return parseConfig(readFileSync(path, 'utf8'))
  } catch (error) {
    log('bad configuration', { path, why: message(error) })
    process.exitCode = 1
    return undefined
  }
}

const config = configuration(process.argv[2] ?? '/etc/provision-registrar/registrar.json')
if (config !== undefined) {
  const { cluster, address, marathon, consul } = config
  log('started', { node: process.version, cluster, address, marathon, consul })
  const registrar = startRegistrar(config, log)
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      registrar.stop().then(() => {
        log('stopped', { signal })
        process.exit(0)
      })
    })
  }
}
