import { parseZkUrl, type ZkError, ZooKeeper } from '../../zookeeper.ts'

/** The leading Mesos master. `node` tells one leadership from the next. */
export interface Master {
  readonly node: string
  readonly url: string
  /** The same for people, by its name. */
  readonly uiUrl: string
}

interface MasterInfo {
  readonly hostname?: string
  readonly port: number
  readonly address?: { readonly ip?: string; readonly hostname?: string; readonly port?: number }
}

/** The master that leads is the one with the lowest number. */
export const leading = (names: readonly string[]): string | undefined =>
  names.filter((name) => name.startsWith('json.info_')).sort((a, b) => (a.slice(-10) < b.slice(-10) ? -1 : 1))[0]

const masterOf = (node: string, data: string): Master => {
  const info = JSON.parse(data) as MasterInfo
  const ip = info.address?.ip ?? info.hostname
  const port = info.address?.port ?? info.port
  return { node, url: `http://${ip}:${port}`, uiUrl: `http://${info.address?.hostname ?? info.hostname ?? ip}:${port}` }
}

/** Watches ZooKeeper for the leading master and tells each new one, and when there is none. */
const watch = (url: string, timeout: number, found: (master: Master | undefined) => void): void => {
  const { servers, path, auth } = parseZkUrl(url)
  const zk = new ZooKeeper({ servers, timeout, ...(auth !== undefined && { auth }) })
  let last: string | undefined | null = null
  const look = async (): Promise<void> => {
    try {
      const node = leading(await zk.children(path, () => void look()))
      if (node === last) return
      const master = node === undefined ? undefined : masterOf(node, (await zk.get(`${path}/${node}`)).data.toString())
      last = node
      found(master)
    } catch (error) {
      const { code } = error as ZkError
      if (code === 'NoNode' && last !== undefined) {
        last = undefined
        found(undefined)
      }
      if (code !== 'SessionExpired') setTimeout(() => void look(), 500)
    }
  }
  void look()
}

/** Finds the master: in ZooKeeper, or where an address was given. */
export const detect = (master: string, timeout: number, found: (master: Master | undefined) => void): void => {
  if (master.startsWith('zk://')) watch(master, timeout, found)
  else {
    const url = /^https?:\/\//.test(master) ? master : `http://${master}`
    found({ node: url, url, uiUrl: url })
  }
}
