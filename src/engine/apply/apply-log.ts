import { lineSplitter } from '../../model/clean.ts'
import { BusyError, InterruptedError } from '../link/errors.ts'
import { markerOf, type StepMarker } from './detached.ts'

/** Most bytes of one line of an apply's output; what is longer is cut. */
const MAX_LINE = 4096

/**
 * How a detached script ended; 130: it was stopped. `failed`: the index of the group that was blamed, or was under way
 * when it did, if one was.
 */
export interface ApplyEnd {
  readonly status: number
  readonly failed?: number
}

/** What is told while a detached script runs. */
export interface ApplyListener {
  marker(marker: StepMarker): void
  line(line: string): void
  lost(reason: string): void
  /** Resolves once more can be told. */
  room(): Promise<void>
}

/** A detached script's log, read as it comes. */
export interface ApplyLog {
  /** How many bytes of it have come. */
  readonly position: number
  /** Has it said how its script ended? */
  readonly ended: boolean
  push(chunk: Buffer): void
  /** No more comes. @throws BusyError, InterruptedError */
  end(): ApplyEnd
}

/** Begins to read the log of the run `id`. */
export function readLog(id: string, listener: Pick<ApplyListener, 'marker' | 'line'>): ApplyLog {
  let position = 0
  let open: number | undefined
  let blamed: number | undefined
  let end: ApplyEnd | undefined
  let busy: string | undefined
  const onLine = (line: string) => {
    const marker = markerOf(id, line)
    if (marker === undefined) return line === '' ? undefined : listener.line(line)
    if (marker.marker === 'end') {
      const failed = marker.status === 0 ? undefined : (blamed ?? open)
      end = { status: marker.status, ...(failed === undefined ? {} : { failed }) }
    } else if (marker.marker === 'busy') busy = marker.owner
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
    push(chunk) {
      position += chunk.length
      lines.push(chunk)
    },
    end() {
      lines.end()
      if (busy !== undefined) throw new BusyError(busy)
      if (end === undefined) throw new InterruptedError('its script was killed before it finished')
      if (end.status === 74) throw new InterruptedError('its script arrived incomplete, so none of it ran')
      return end
    },
  }
}
