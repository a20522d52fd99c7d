import { ZkError, type ZooKeeper } from '../../zookeeper.ts'

/** Asks again where the answer was lost with a connection; ends with the session. @throws ZkError */
export async function retried<T>(work: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await work()
    } catch (error) {
      if (!(error instanceof ZkError && error.code === 'ConnectionLoss')) throw error
    }
  }
}

/**
 * Makes a member's node, ephemeral and sequential, and gives its path. Where the answer to the making is lost, a node
 * of this session is looked for.
 */
export async function joinGroup(zk: ZooKeeper, folder: string, prefix: string, data: string): Promise<string> {
  await retried(() => zk.ensure(folder))
  const found = async (): Promise<string | undefined> => {
    for (const name of await zk.children(folder)) {
      if (!name.startsWith(prefix)) continue
      const there = await zk.exists(`${folder}/${name}`)
      if (there?.ephemeralOwner === zk.id) return `${folder}/${name}`
    }
    return undefined
  }
  return retried(
    async () =>
      (await found()) ?? (await zk.create(`${folder}/${prefix}`, data, { ephemeral: true, sequential: true })),
  )
}
