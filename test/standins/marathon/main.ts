import { start } from './edge/start.ts'

void start(process.argv.slice(2), process.env)
