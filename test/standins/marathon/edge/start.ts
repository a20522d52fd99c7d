import { lookup } from 'node:dns/promises'
import { existsSync, readFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { parseZkUrl, ZooKeeper } from '../../zookeeper.ts'
import { about } from '../flags/about.ts'
import { check } from '../flags/check.ts'
import { help } from '../flags/help.ts'
import { type Options, options } from '../flags/options.ts'
import { parse, type Refused, refused, type Values } from '../flags/parse.ts'
import { die, log } from './log.ts'
import { hold } from './office.ts'

const END = { flags: 1, zookeeper: 100, uncaught: 107, port: 111 }

/**
 * What the JVM needs before it has anything to do with ZooKeeper; 13 s passed between start and exit without one, 10 of
 * them its time-out.
 */
const JVM = 3000

/**
 * Where a test says how many seconds the JVM takes to start: the real one took 10 to 50 on hosts that had something else
 * to do as well.
 */
const START = '/etc/marathon/stand-in-start'

/** Takes as long as a JVM, where that is asked for. */
const jvm = async (): Promise<void> => {
  if (!existsSync(START)) return
  const seconds = Number(readFileSync(START, 'utf8'))
  log(`INFO  Takes ${seconds} s to start, as the real one may`)
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000))
}

const resolves = (host: string): Promise<boolean> =>
  lookup(host).then(
    () => true,
    () => false,
  )

const stop = ({ code, lines }: Refused): never => {
  for (const line of lines) (code === END.flags ? process.stderr : process.stdout).write(`${line}\n`)
  process.exit(code)
}

/** A native library that is named must be there, even for --help: it is loaded before anything else. */
const library = (path: string | undefined): void => {
  if (path === undefined || path === '' || existsSync(path)) return
  process.stderr.write(`Failed to load native Mesos library from ${path}\n`)
  die(
    END.uncaught,
    `Terminating due to uncaught exception: java.lang.UnsatisfiedLinkError: Can't load library: ${path}`,
  )
}

const withHostname = (values: Values, env: NodeJS.ProcessEnv): Values => ({
  ...values,
  hostname: values.hostname ?? hostname(),
  http_credentials: values.http_credentials ?? env.MESOSPHERE_HTTP_CREDENTIALS,
})

const connect = async ({ zk: url, zkSessionTimeout, zkConnectionTimeout }: Options): Promise<ZooKeeper> => {
  const { servers, auth } = parseZkUrl(url)
  const zk = new ZooKeeper({ servers, timeout: zkSessionTimeout, ...(auth !== undefined && { auth }) })
  const late = setTimeout(() => die(END.zookeeper, 'Could not connect to ZooKeeper'), zkConnectionTimeout + JVM)
  await zk.connected().catch((error: Error) => die(END.zookeeper, error.message))
  clearTimeout(late)
  return zk
}

/** From the command line to a running process; never throws, and ends with the exit codes of the real one. */
export const start = async (args: readonly string[], env: NodeJS.ProcessEnv): Promise<void> => {
  library(env.MESOS_NATIVE_JAVA_LIBRARY)
  if (args.includes('--help')) {
    process.stdout.write(`${help()}\n`)
    return
  }
  log('INFO  This is a stand-in for Marathon 1.11.26, for tests. It is not Marathon.')
  const parsed = parse(args, env)
  if (refused(parsed)) return stop(parsed)
  const values = withHostname(parsed, env)
  const wrong = await check(values, resolves)
  if (wrong) return stop(wrong)
  if (values.ssl_keystore_path !== undefined && values.ssl_keystore_password === undefined)
    die(END.uncaught, 'Terminating due to uncaught exception: a keystore needs its password')
  const file = values.mesos_authentication_secret_file
  const chosen = options(values, file === undefined ? undefined : readFileSync(file, 'utf8').trim())
  if (!/^(zk|https?):\/\//.test(chosen.master))
    log(
      'WARN  Specifying a Mesos Master connection without a protocol is deprecated and will likely be prohibited in the future.',
    )
  await jvm()
  const me = `${chosen.hostname}:${chosen.httpPort}`
  await hold(await connect(chosen), chosen, me, about(values, me)).catch((error: NodeJS.ErrnoException) =>
    die(error.code === 'EADDRINUSE' || error.code === 'EADDRNOTAVAIL' ? END.port : END.uncaught, error.message),
  )
}
