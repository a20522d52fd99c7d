/** One record of Mesos' event streams: its length in bytes, a newline, itself. */
export const record = (event: object): string => {
  const text = JSON.stringify(event)
  return `${Buffer.byteLength(text)}\n${text}`
}

/** Cuts a stream into records, wherever its chunks end. */
export class Records {
  #rest = Buffer.alloc(0)

  push(chunk: Buffer): unknown[] {
    this.#rest = Buffer.concat([this.#rest, chunk])
    const whole: unknown[] = []
    for (;;) {
      const newline = this.#rest.indexOf(10)
      if (newline < 0) return whole
      const end = newline + 1 + Number(this.#rest.toString('latin1', 0, newline))
      if (this.#rest.length < end) return whole
      whole.push(JSON.parse(this.#rest.toString('utf8', newline + 1, end)))
      this.#rest = this.#rest.subarray(end)
    }
  }
}
