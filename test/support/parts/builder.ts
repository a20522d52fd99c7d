/** How a part of the cluster that no Debian package brings is made on this machine. */
export interface Builder {
  readonly version: string
  /** How long that takes on two cores, roughly. */
  readonly seconds: number
  /** One sentence where this machine cannot make it: what is missing, and where it is had. */
  missing(): string | undefined
  /** All that the result depends on; another text is another build. Only asked where nothing is missing. */
  inputs(): readonly string[] | Promise<readonly string[]>
  /** Makes one file in an empty folder and gives its name. */
  build(folder: string): Promise<string>
}
