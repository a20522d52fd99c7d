import { basename } from 'node:path'
import { main } from './executor/main.ts'

await main(basename(process.argv[1] ?? 'mesos-executor', '.mjs'), process.argv.slice(2))
