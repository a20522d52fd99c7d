import type { DeployEvent, HostTasks, ImageState } from '../../deploy/events.ts'
import { grouped } from '../../lib/grouped.ts'
import { movedText } from './balance.ts'
import { leavingText } from './removal.ts'

/**
 * One part of a deployment: its name, its state, and when it began and ended, in milliseconds since the deployment
 * began.
 */
export interface Part {
  readonly label: string
  text: string
  since: number
  until: number | undefined
  /** Tasks by host, for parts about tasks. */
  hosts: readonly HostTasks[]
}

/** The known state of a running deployment. */
export interface DeployView {
  app: string
  from: string | undefined
  to: string
  instances: number
  before: number | undefined
  replaces: string | undefined
  readonly parts: Part[]
  readonly images: Map<string, { state: ImageState; says: string }>
  readonly served: Map<string, { ok: boolean; says: string }>
  /** Warnings and failures. */
  readonly notes: string[]
  away: string
  stopping: string
}

/** The view of a deployment before its first event. */
export const newDeployView = (app: string): DeployView => ({
  app,
  from: undefined,
  to: '',
  instances: 0,
  before: undefined,
  replaces: undefined,
  parts: [],
  images: new Map(),
  served: new Map(),
  notes: [],
  away: '',
  stopping: '',
})

/** The part with that name. A new part begins now, and ends all others. */
function part(view: DeployView, label: string, at: number): Part {
  const known = view.parts.at(-1)?.label === label ? view.parts.at(-1) : undefined
  if (known) return known
  for (const each of view.parts) each.until ??= at
  const fresh: Part = { label, text: '', since: at, until: undefined, hosts: [] }
  view.parts.push(fresh)
  return fresh
}

const WORDS: Readonly<Record<ImageState, string>> = {
  looking: 'looked for',
  there: 'on',
  loading: 'loaded on',
  loaded: 'on',
  pulling: 'pulled by',
  pulled: 'on',
  absent: 'not on',
  unreachable: 'unknown on',
}

/** `on slave-1 and slave-2`, `on 3, pulled by slave-4`: groups hosts by state. */
function imageText(images: DeployView['images']): string {
  const groups = grouped([...images], ([, { state }]) => WORDS[state])
  return [...groups]
    .map(([word, same]) => [word, same.map(([host]) => host)] as const)
    .map(
      ([word, hosts]) =>
        `${word} ${hosts.length > 4 ? `${hosts.length} slaves` : hosts.join(', ').replace(/, ([^,]*)$/, ' and $1')}`,
    )
    .join(', ')
}

/** `2 of 4 on v13, healthy`. */
function rollingText(view: DeployView, event: DeployEvent & { event: 'rolling' }): string {
  const name = event.phase === 'back' ? (view.from ?? 'the version before') : view.to
  // A wait for the next offer is not worth mentioning; declined offers are.
  return `${event.healthy} of ${event.of} on ${name}, healthy${event.held ? `; ${event.waits}` : ''}`
}

/** Adds a note once: a task that dies again and again would repeat it. */
function note(view: DeployView, text: string): void {
  if (!view.notes.includes(text)) view.notes.push(text)
}

/** The deployment's title line. */
const begun = ({ app, from, to, instances, before, replaces }: DeployEvent & { event: 'begin' }) => ({
  app,
  from,
  to,
  instances,
  before,
  replaces,
})

/** The view after an event. */
export function advanceDeploy(view: DeployView, event: DeployEvent): void {
  switch (event.event) {
    case 'begin':
      Object.assign(view, begun(event))
      break
    case 'finding':
      if (event.level === 'warn') note(view, `${event.path}  ${event.message}`)
      break
    case 'waiting':
      part(view, 'waiting', event.at).text = `for ${event.for}`
      break
    case 'resuming':
      part(view, 'first', event.at).text = event.says
      break
    case 'image':
      view.images.set(event.host, { state: event.state, says: event.says ?? '' })
      part(view, 'image', event.at).text = imageText(view.images)
      break
    case 'rolling': {
      const rolling = part(view, event.phase === 'back' ? 'back' : 'rolling', event.at)
      rolling.text = rollingText(view, event)
      rolling.hosts = event.hosts
      break
    }
    case 'back':
      part(view, 'back', event.at).text = event.says
      break
    case 'task-failed':
      note(view, `a task ended on ${event.host}: ${event.says}`)
      break
    case 'serving':
      view.served.set(event.host, event)
      part(view, 'serving', event.at).text = servingText(view)
      break
    case 'moved':
      part(view, 'moved', event.at).text = movedText(event)
      break
    case 'leaving':
      part(view, 'leaving', event.at).text = leavingText(event)
      break
    case 'away':
      view.away = event.says
      break
    case 'again':
      view.away = ''
      break
    case 'stopping':
      view.stopping = event.reason
      break
    case 'done':
      for (const each of view.parts) each.until ??= event.at
      view.stopping = ''
      if (event.probes && event.probes.asked > 0 && view.parts.at(-1)?.label === 'serving')
        part(view, 'serving', event.at).text =
          `${servingText(view)}; ${event.probes.failed} of ${event.probes.asked} probes failed`
  }
}

function servingText({ served, to }: DeployView): string {
  const wrong = [...served].filter(([, { ok }]) => !ok)
  if (wrong.length > 0) return wrong.map(([host, { says }]) => `${host} ${says}`).join('; ')
  return served.size === 1
    ? `the HAProxy of ${[...served.keys()][0]} sends to ${to} only`
    : `${served.size} HAProxies send to ${to} only`
}
