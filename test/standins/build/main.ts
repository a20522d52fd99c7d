/** Builds the stand-ins' packages: `node --import tsx test/standins/build/main.ts FOLDER`. */
import { pack } from './deb.ts'
import { aventerMesos, mesosphereMesos } from './mesos.ts'

const [into = 'build'] = process.argv.slice(2)
for (const deb of await Promise.all([aventerMesos(), mesosphereMesos()])) console.log(pack(deb, into))
