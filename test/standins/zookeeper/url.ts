/** Where an ensemble is, and as whom. */
export interface ZkUrl {
  readonly servers: readonly ZkServer[]
  /** The node under which everything is; `/` where the URL names none. */
  readonly path: string
  /** `user:password` for the digest scheme. */
  readonly auth?: string
}

export interface ZkServer {
  readonly host: string
  readonly port: number
}

/** Reads `zk://[user:password@]host:port,host:port/path`. @throws Error in the words of Mesos */
export const parseZkUrl = (text: string): ZkUrl => {
  const found = /^zk:\/\/(?:([^/]*)@)?([^/]*)(\/.*)?$/s.exec(text.trim())
  if (!found) throw new Error("Expecting 'zk://' at the beginning of the URL")
  const [, auth, servers, path] = found
  return {
    servers: (servers as string).split(',').map((server) => {
      const [host, port] = server.split(':')
      return { host: host as string, port: Number(port ?? 2181) }
    }),
    path: path === undefined ? '/' : path.replace(/\/+$/, '') || '/',
    ...(auth !== undefined && { auth }),
  }
}
