import { waitAtMost } from '../../lib/wait/at-most.ts'
import { lineSplitter } from '../../model/clean.ts'
import type { Exec, ExecEnd } from '../../transport/transport.ts'
import { BusyError, InterruptedError, NotBegunError } from '../link/errors.ts'
import { markerOf, type StepMarker } from './detached.ts'

/** Most bytes of one output line of an apply; longer lines are cut. */
const MAX_LINE = 4096

/**
 * How a detached script ended; exit code 130 means that it was stopped. `failed` is the index of the group that failed,
 * or that was running when the script ended.
 */
export interface ApplyEnd {
  readonly status: number
  readonly failed?: number
}

/** What a caller hears while a detached script runs. */
export interface ApplyListener {
  marker(marker: StepMarker): void
  line(line: string): void
  /** Resolves once the listener can take more. */
  room(): Promise<void>
}

/** A detached script's log, read as it arrives. */
export interface ApplyLog {
  /** How many bytes have arrived. */
  readonly position: number
  /** Has the log reported how its script ended? */
  readonly ended: boolean
  /** What has arrived after that: no part of the log. */
  readonly rest: Buffer
  push(chunk: Buffer): void
  /** Call it when no more bytes will arrive. @throws BusyError, NotBegunError, InterruptedError */
  end(): ApplyEnd
}

/** How much of what has arrived may belong to the line that reports the end. */
const MARK = 64

/** Starts to read the log of the run `id`. */
export function readLog(id: string, listener: Pick<ApplyListener, 'marker' | 'line'>): ApplyLog {
  let position = 0
  let open: number | undefined
  let blamed: number | undefined
  let end: ApplyEnd | undefined
  let busy: string | undefined
  let isVoid = false
  let before = Buffer.alloc(0)
  const rest: Buffer[] = []
  const onLine = (line: string) => {
    if (end !== undefined) return
    const marker = markerOf(id, line)
    if (marker === undefined) return line === '' ? undefined : listener.line(line)
    if (marker.marker === 'end') {
      const failed = marker.status === 0 ? undefined : (blamed ?? open)
      end = { status: marker.status, ...(failed === undefined ? {} : { failed }) }
    } else if (marker.marker === 'busy') busy = marker.owner
    else if (marker.marker === 'void') isVoid = true
    else {
      if (marker.marker === 'step') open = marker.index
      else if (marker.marker === 'failed') blamed ??= marker.index
      else if (marker.index === open) open = undefined
      listener.marker(marker)
    }
  }
  const lines = lineSplitter(onLine, MAX_LINE)
  return {
    get position() {
      return position
    },
    get ended() {
      return end !== undefined
    },
    get rest() {
      return Buffer.concat(rest)
    },
    push(chunk) {
      position += chunk.length
      if (end !== undefined) return void rest.push(chunk)
      lines.push(chunk)
      const last = Buffer.concat([before, chunk])
      if (end === undefined) before = last.subarray(-MARK)
      else rest.push(last.subarray(last.indexOf('\n', last.indexOf(`\n${id} end `) + 1) + 1))
    },
    end() {
      lines.end()
      if (busy !== undefined) throw new BusyError(busy)
      if (isVoid) throw new NotBegunError()
      if (end === undefined) throw new InterruptedError('its script was killed before it finished')
      return end
    },
  }
}

/**
 * Reads a log to the end of its exec; calls `ended` when the log has ended. Of what comes after the log, takes no more
 * than `most` bytes, and waits for at most `silence` milliseconds between two of its parts.
 * @throws TransportError
 */
export async function follow(
  exec: Exec,
  log: ApplyLog,
  room: () => Promise<void>,
  { most, silence, ended }: { readonly most: number; readonly silence: number; ended(): void },
): Promise<ExecEnd> {
  let after = 0
  let stopWaiting = (): void => undefined
  try {
    for await (const chunk of exec.stdout as AsyncIterable<Buffer>) {
      log.push(chunk)
      await room() // until then, the host's buffers hold the output back
      if (!log.ended) continue
      if (after === 0) ended()
      after += chunk.length
      if (after > most) exec.kill()
      stopWaiting()
      stopWaiting = waitAtMost(silence, exec.kill)
    }
    return await exec.done
  } finally {
    stopWaiting()
  }
}
