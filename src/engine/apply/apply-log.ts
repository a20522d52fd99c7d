import { lineSplitter } from '../../model/clean.ts'
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
  push(chunk: Buffer): void
  /** Call it when no more bytes will arrive. @throws BusyError, NotBegunError, InterruptedError */
  end(): ApplyEnd
}

/** Starts to read the log of the run `id`. */
export function readLog(id: string, listener: Pick<ApplyListener, 'marker' | 'line'>): ApplyLog {
  let position = 0
  let open: number | undefined
  let blamed: number | undefined
  let end: ApplyEnd | undefined
  let busy: string | undefined
  let isVoid = false
  const onLine = (line: string) => {
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
    push(chunk) {
      position += chunk.length
      lines.push(chunk)
    },
    end() {
      lines.end()
      if (busy !== undefined) throw new BusyError(busy)
      if (isVoid) throw new NotBegunError()
      if (end === undefined) throw new InterruptedError('its script was killed before it finished')
      if (end.status === 74) throw new InterruptedError('its script arrived incomplete, so none of it ran')
      return end
    },
  }
}
