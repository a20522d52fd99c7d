import { Agent, request } from 'node:http'
import { type Load, Tally } from './tally.ts'

/** Scales a number of requests for this run: `PROVISION_LOAD`, such as 0.25, is the share of the load to send. */
export const inShare = (requests: number): number => Math.ceil(requests * Number(process.env.PROVISION_LOAD ?? 1))

/** A load client's options. */
export interface LoadOptions {
  /**
   * The addresses to balance over, like a load balancer in front of all slaves; or a function that returns those that
   * such a balancer sends to now, having checked them itself.
   */
  readonly targets: readonly string[] | (() => readonly string[])
  readonly port?: number
  /** Requests per second over all targets together. */
  readonly rate: number
  readonly path?: string
  /** The name to ask for, or a function that returns that of the n-th request. */
  readonly host?: string | ((n: number) => string)
  /** The path of the health check, requested every second: two failures remove a target, two successes add it again. */
  readonly health?: string
  /** How many milliseconds the check may take; default 1000. */
  readonly healthTimeout?: number
  /**
   * Reads the responder and its version from an answer; undefined: it is not one of the app's answers, so the request
   * is lost.
   */
  readonly responder: (body: string) => string | undefined
}

/** A running client. */
export interface Client {
  /** Requests sent so far. */
  readonly sent: number
  /** Requests that wait for their answers now. */
  readonly open: number
  /** Milliseconds since the start, as {@link Load.gaps} counts them. */
  readonly now: number
  /** Targets removed or added so far. */
  readonly changes: Load['changes']
  /** Resolves once that many requests have been sent. */
  reach(sent: number): Promise<void>
  /** Stops sending, waits for open requests, and returns the result. */
  stop(): Promise<Load>
}

/** How many milliseconds an answer may take: the load balancer's own idle timeout would only hide a hang. */
const PATIENCE = 15_000

interface Asked {
  readonly status: number
  readonly body: string
}

/** Sends one request; rejects with a word for what went wrong. */
function ask(
  target: string,
  port: number,
  path: string,
  host: string,
  method: 'GET' | 'POST',
  agent: Agent,
  timeout: number,
): Promise<Asked> {
  return new Promise((resolve, reject) => {
    const body = method === 'POST' ? 'x'.repeat(200) : ''
    const headers = { Host: host, ...(method === 'POST' ? { 'Content-Length': body.length } : {}) }
    const asked = request({ host: target, port, path, method, agent, headers, timeout }, (answer) => {
      const chunks: Buffer[] = []
      answer.on('data', (chunk: Buffer) => chunks.push(chunk))
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, body: Buffer.concat(chunks).toString() }))
      answer.on('error', (error: NodeJS.ErrnoException) => reject(new Error(`broke off (${error.code})`)))
    })
    asked.on('timeout', () => asked.destroy(new Error('hung')))
    asked.on('error', (error: NodeJS.ErrnoException) =>
      reject(new Error(`${error.code ?? error.message}${asked.reusedSocket ? ' on a kept connection' : ''}`)),
    )
    asked.end(body)
  })
}

/** Checks one target's health: two consecutive results of a kind change its state. */
function watch(
  target: string,
  port: number,
  path: string,
  timeout: number,
  changed: (isIn: boolean) => void,
): { readonly isIn: () => boolean; stop(): void } {
  const agent = new Agent()
  let isIn = true
  let row = 0
  const look = async (): Promise<void> => {
    const well = await ask(target, port, path, 'balancer', 'GET', agent, timeout).then(
      ({ status }) => status === 200,
      () => false,
    )
    row = well === isIn ? 0 : row + 1
    if (row < 2) return
    isIn = well
    row = 0
    changed(isIn)
  }
  const timer = setInterval(() => void look(), 1000)
  return { isIn: () => isIn, stop: () => clearInterval(timer) }
}

/** Which targets a client sends to now: those that it is given, or those that pass its own checks. */
function watchAll(
  { targets, port = 80, health = '/haproxy-health', healthTimeout = 1000 }: LoadOptions,
  tally: Tally,
): { sendsTo(): readonly string[]; stop(): void } {
  if (typeof targets === 'function') return { sendsTo: targets, stop: () => {} }
  const watches = targets.map((target) => ({
    target,
    ...watch(target, port, health, healthTimeout, (isIn) => tally.change(target, isIn)),
  }))
  return {
    sendsTo() {
      const inService = watches.filter((w) => w.isIn()).map(({ target }) => target)
      // as real balancers do: if no target is healthy, all get requests
      return inService.length > 0 ? inService : targets
    },
    stop() {
      for (const w of watches) w.stop()
    },
  }
}

/** What the n-th request is, of those to so many targets: each target gets requests of every kind. */
function kindOf(n: number, targets: number): { readonly method: 'GET' | 'POST'; readonly isKept: boolean } {
  const turn = Math.floor(n / Math.max(1, targets))
  return { method: turn % 10 === 7 ? 'POST' : 'GET', isKept: turn % 2 === 0 }
}

/** The name that the n-th request asks for. */
const nameIn = (host: string | ((n: number) => string), n: number): string =>
  typeof host === 'string' ? host : host(n)

/**
 * A client behind a load balancer: it honours the health endpoint, sends at an even pace (GET, and every tenth time a
 * POST; every second request on a kept-alive connection), never retries, and counts everything but the app's own
 * answers as lost.
 */
export function startLoad(options: LoadOptions): Client {
  const { targets, port = 80, rate, path = '/', host = 'www.example.com', responder } = options
  const kept = new Agent({ keepAlive: true, maxSockets: 50, timeout: PATIENCE })
  const fresh = new Agent({ maxSockets: 200 })
  const tally = new Tally(typeof targets === 'function' ? [] : targets)
  const balancer = watchAll(options, tally)
  const open = new Set<Promise<void>>()
  const waiting: { sent: number; go: () => void }[] = []
  let sent = 0

  const one = async (n: number): Promise<void> => {
    const all = balancer.sendsTo()
    const target = all[n % all.length] ?? 'nobody'
    const { method, isKept } = kindOf(n, all.length)
    const at = performance.now()
    try {
      const { status, body } = await ask(target, port, path, nameIn(host, n), method, isKept ? kept : fresh, PATIENCE)
      const who = status === 200 ? responder(body) : undefined
      if (who === undefined) throw new Error(status === 200 ? 'a strange answer' : String(status))
      tally.answer(target, who, at)
    } catch (error) {
      tally.lose(`${(error as Error).message} ${method} ${target}`, at)
    }
  }
  // by the clock, not by the tick: a late tick sends the overdue requests
  const tick = setInterval(() => {
    const due = Math.floor(((performance.now() - tally.began) * rate) / 1000)
    while (sent < due) {
      const work: Promise<void> = one(sent++).finally(() => open.delete(work))
      open.add(work)
    }
    for (const w of waiting.filter((each) => each.sent <= sent)) {
      waiting.splice(waiting.indexOf(w), 1)
      w.go()
    }
  }, 5)

  return {
    get sent() {
      return sent
    },
    get open() {
      return open.size
    },
    get now() {
      return performance.now() - tally.began
    },
    changes: tally.changes,
    reach: (n) => new Promise((go) => waiting.push({ sent: n, go })),
    async stop() {
      clearInterval(tick)
      await Promise.all(open)
      balancer.stop()
      for (const w of waiting) w.go()
      kept.destroy()
      fresh.destroy()
      return tally.load(sent)
    },
  }
}
