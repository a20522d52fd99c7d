import { basename } from 'node:path'
import { main } from './agent/main.ts'

await main(basename(process.argv[1] ?? 'mesos-agent', '.mjs'), process.argv.slice(2))
