/**
 * Replays what was recorded of real ones and compares the answers.
 *
 *     npm run contract                                                     at stand-ins, started from their sources
 *     MARATHON=host:8080 npm run contract                                  at a Marathon; it has no apps, and two agents with the attributes rack and zone
 *     MESOS_MASTER=host:5050 MESOS_AGENT=host:5051 npm run contract        at a Mesos master that leads and one of its agents
 *
 * Of Mesos: MESOS_FOLLOWER=host:5050 names a master that does not lead, MESOS_IMAGE a Docker image on the agent that
 * has sh, httpd and sleep (default busybox:latest). Maintenance and drains are replayed only with MESOS_CHANGES=yes:
 * they end all tasks of that agent, and leave it marked as gone.
 *
 * Ends with 1 where an answer differs from the recorded one and no exception is listed for that.
 */
import { marathon } from './marathon/suite.ts'
import { mesos } from './mesos/suite.ts'
import { summary } from './replay.ts'

const suites = { MESOS_MASTER: mesos, MARATHON: marathon }
const named = Object.entries(suites).filter(([name]) => process.env[name] !== undefined)

for (const [, run] of named.length > 0 ? named : Object.entries(suites)) {
  const { name, tally } = await run(process.env)
  console.log(`${name}: ${summary(tally)}`)
  if (tally.different.length > 0) process.exitCode = 1
}
process.exit()
