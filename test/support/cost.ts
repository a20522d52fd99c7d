/** The CPU time in milliseconds that work takes in this process: how busy the machine is does not count. */
export function cpuOf(work: () => unknown): number {
  const before = process.cpuUsage()
  work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}

/** The shortest of five times in milliseconds that work takes: a machine that stalls lengthens some, not all. */
export async function fastest(work: () => unknown): Promise<number> {
  const times: number[] = []
  for (let i = 0; i < 5; i++) {
    const began = performance.now()
    await work()
    times.push(performance.now() - began)
  }
  return Math.min(...times)
}
