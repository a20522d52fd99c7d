/**
 * A stand-in for Marathon 1.11.26: it answers, refuses and ends as that was recorded to
 * (test/standins/recordings/marathon), and does to tasks what that does. Not there: pods, writes to groups,
 * dependencies, persistent and external volumes, secrets, TLS, gzip, plugins, /metrics' contents, and the seconds that
 * a JVM takes to start.
 */
import { start } from './edge/start.ts'

void start(process.argv.slice(2), process.env)
