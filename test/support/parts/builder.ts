/** Makes a part of the cluster that no Debian package provides. */
export interface Builder {
  readonly version: string
  /** Roughly how long that takes on two cores. */
  readonly seconds: number
  /** Why this machine cannot make it, in one sentence: what is missing, and where to get it. */
  missing(): string | undefined
  /** Everything that the result depends on: a change causes a rebuild. Only called if nothing is missing. */
  inputs(): readonly string[] | Promise<readonly string[]>
  /** Makes one file in an empty folder and returns its name. */
  build(folder: string): Promise<string>
}
