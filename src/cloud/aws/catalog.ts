import { compact } from '../../lib/compact.ts'
import type { CloudHost } from '../../model/cloud.ts'
import { CloudError, type Order } from '../provider.ts'
import { newest, publishedAs } from './images.ts'
import { imageIn, PARAMETER } from './requests/parameter.ts'
import type * as Sdk from './sdk.ts'

/** Sends a request for an action, and turns AWS's errors into sentences. */
type Send = <T>(action: string, send: () => Promise<T>) => Promise<T>

/** The properties of an image that an order needs. */
interface AmiSeen {
  /** The device name of its root disk. */
  readonly root: string
  readonly architecture?: string
}

/** The images and instance types of a region. Looks each up once. */
export class Catalog {
  readonly #sdk: typeof Sdk
  readonly #client: Sdk.EC2Client
  readonly #where: () => Promise<string>
  readonly #send: Send
  readonly #images = new Map<string, Promise<string>>()
  readonly #architectures = new Map<string, Promise<string>>()
  readonly #seen = new Map<string, Promise<AmiSeen>>()

  constructor(sdk: typeof Sdk, client: Sdk.EC2Client, where: () => Promise<string>, send: Send) {
    this.#sdk = sdk
    this.#client = client
    this.#where = where
    this.#send = send
  }

  /** A type's architecture. @throws CloudError if the type does not exist */
  architecture(type: string): Promise<string> {
    return kept(this.#architectures, type, async () => {
      const request = new this.#sdk.DescribeInstanceTypesCommand({ InstanceTypes: [type as 't3.micro'] })
      const { InstanceTypes: [found] = [] } = await this.#send('ec2:DescribeInstanceTypes', () =>
        this.#client.send(request),
      )
      return found?.ProcessorInfo?.SupportedArchitectures?.find((each) => each !== 'i386') ?? 'x86_64'
    })
  }

  async #imageOf({ image, type = '' }: CloudHost): Promise<string> {
    if (image.startsWith('ami-')) return image
    const where = await this.#where()
    if (image.startsWith(PARAMETER)) return this.#send('ssm:GetParameter', () => imageIn(this.#client, where, image))
    const wanted = publishedAs(image, await this.architecture(type))
    if (!wanted)
      throw new CloudError('refused', `there is no publisher on record for the image ${image}: name an ami-… instead`)
    const request = new this.#sdk.DescribeImagesCommand({
      Owners: [wanted.owner],
      Filters: [
        { Name: 'name', Values: [wanted.name] },
        { Name: 'state', Values: ['available'] },
      ],
    })
    const { Images: images = [] } = await this.#send('ec2:DescribeImages', () => this.#client.send(request))
    const id = newest(images)
    if (id !== undefined) return id
    throw new CloudError('refused', `there is no image ${wanted.name} of ${wanted.owner} in ${where}`)
  }

  /** EC2's current id for an instance's image. @throws CloudError */
  image(settings: CloudHost): Promise<string> {
    return kept(this.#images, `${settings.image} ${settings.type}`, () => this.#imageOf(settings))
  }

  /** Looks up an image. */
  ami(image: string): Promise<AmiSeen> {
    return kept(this.#seen, image, async () => {
      const request = new this.#sdk.DescribeImagesCommand({ ImageIds: [image] })
      const { Images: [found] = [] } = await this.#send('ec2:DescribeImages', () => this.#client.send(request))
      if (!found) throw new CloudError('refused', `there is no image ${image} in ${await this.#where()}`)
      return { root: found.RootDeviceName ?? '/dev/xvda', ...compact({ architecture: found.Architecture }) }
    })
  }

  /** Why an image does not fit a type. */
  async misfit({ image, settings: { type = '' } }: Order): Promise<string | undefined> {
    const [{ architecture: its }, needed] = await Promise.all([this.ami(image), this.architecture(type)])
    return its === undefined || its === needed
      ? undefined
      : `${image} is an image for ${its}, and ${type} is ${needed}: name another image or type`
  }
}

/** Calls `ask` once per key, and keeps the answer for the provider's lifetime. */
function kept<T>(known: Map<string, Promise<T>>, key: string, ask: () => Promise<T>): Promise<T> {
  const before = known.get(key)
  if (before) return before
  const asked = ask()
  known.set(key, asked)
  return asked
}
