import { main } from './master/main.ts'

await main(process.argv.slice(2))
