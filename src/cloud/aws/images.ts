/** An image's publisher and its names. */
export interface Published {
  readonly owner: string
  readonly name: string
}

/** The architectures' names in the names of images. */
const ARCHITECTURES: Readonly<Record<string, string>> = { x86_64: 'amd64', arm64: 'arm64' }

/**
 * Where to find an image that we know by name (wiki.debian.org/Cloud/AmazonEC2Image,
 * ubuntu.com/server/docs/cloud-images).
 */
export function publishedAs(image: string, architecture: string): Published | undefined {
  const arch = ARCHITECTURES[architecture] ?? architecture
  const [, release] = /^debian-(\d+)$/.exec(image) ?? []
  if (release !== undefined) return { owner: '136693071363', name: `debian-${release}-${arch}-*` }
  if (image === 'ubuntu-24.04')
    return { owner: '099720109477', name: `ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-${arch}-server-*` }
  return undefined
}

/** The properties of images that decide which one is used. */
export interface ImageSeen {
  readonly ImageId?: string | undefined
  readonly CreationDate?: string | undefined
}

/** The newest image. */
export const newest = (images: readonly ImageSeen[]): string | undefined =>
  [...images].sort((a, b) => (b.CreationDate ?? '').localeCompare(a.CreationDate ?? ''))[0]?.ImageId
