/** Cuts Mesos's RecordIO into records: each is its length in bytes as decimal digits, a newline, and so many bytes. */
export class RecordIo {
  #rest: Buffer = Buffer.alloc(0)

  /** The records that are complete with this chunk. */
  push(chunk: Buffer): string[] {
    this.#rest = Buffer.concat([this.#rest, chunk])
    const records: string[] = []
    for (;;) {
      const newline = this.#rest.indexOf(10)
      if (newline < 0) return records
      const end = newline + 1 + Number(this.#rest.subarray(0, newline).toString())
      if (Number.isNaN(end)) throw new Error('what came is not RecordIO')
      if (this.#rest.length < end) return records
      records.push(this.#rest.subarray(newline + 1, end).toString('utf8'))
      this.#rest = this.#rest.subarray(end)
    }
  }
}
