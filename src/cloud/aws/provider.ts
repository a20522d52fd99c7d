import { compact } from '../../lib/compact.ts'
import { list } from '../../lib/units.ts'
import type { CloudHost, Discovery } from '../../model/cloud.ts'
import { GROUP_TAG } from '../others/members.ts'
import {
  CloudError,
  type CloudFailure,
  type Instance,
  type Opening,
  type Order,
  type Owner,
  type Place,
  type Provider,
  TAG,
} from '../provider.ts'
import { AwsBalancers } from './balancers.ts'
import { Catalog } from './catalog.ts'
import { type Asked, awsError } from './errors.ts'
import { AwsGroups } from './groups.ts'
import { instanceOf } from './instance.ts'
import { whyNoLogin } from './login.ts'
import { filtersOf, kinds, requestOf, tagsOf } from './request.ts'
import { ownerOf } from './requests/owner.ts'
import { clientSettings, proxyFor } from './requests/proxy.ts'
import type * as Sdk from './sdk.ts'

/** Failures that would affect any other order, too. */
const OF_ALL: readonly CloudFailure[] = ['credentials', 'region', 'clock', 'unreachable', 'throttled']

/** EC2 as a cloud. */
export class Ec2 implements Provider {
  readonly name = 'aws'
  readonly balancers: AwsBalancers
  readonly groups: AwsGroups
  readonly #sdk: typeof Sdk
  readonly #client: Sdk.EC2Client
  readonly #account: Opening['account']
  readonly #catalog: Catalog
  #owner: Promise<Owner | undefined> | undefined

  constructor(sdk: typeof Sdk, account: Opening['account']) {
    this.#sdk = sdk
    this.#account = account
    const settings = clientSettings(sdk, account, process.env)
    this.#client = new sdk.EC2Client(settings)
    const answered = <T>(action: string, send: () => Promise<T>): Promise<T> => this.#answered({ action }, send)
    this.#catalog = new Catalog(sdk, this.#client, () => this.#where(), answered)
    this.balancers = new AwsBalancers(sdk, settings, answered)
    this.groups = new AwsGroups(sdk, settings, answered)
  }

  async #where(): Promise<string> {
    return this.#account.region ?? (await this.#client.config.region().catch(() => 'no region'))
  }

  #ask<T>(action: string, send: () => Promise<T>, more: Partial<Asked> = {}): Promise<T> {
    return this.#answered({ action: `ec2:${action}`, ...more }, send)
  }

  /** Sends one request, and turns AWS's errors into sentences. */
  async #answered<T>(asked: Omit<Asked, 'region'>, send: () => Promise<T>): Promise<T> {
    try {
      return await send()
    } catch (error) {
      const region = await this.#where()
      const proxy = proxyFor(`${asked.action.split(':')[0]}.${region}.amazonaws.com`, process.env) !== undefined
      throw awsError(error, { region, proxy, login: whyNoLogin(this.#account.profile, process.env), ...asked })
    }
  }

  async whose(): Promise<string> {
    const { profile } = this.#account
    const owner = await this.owner()
    const words = [`EC2 in ${await this.#where()}`, ...(profile === undefined ? [] : [`profile ${profile}`])]
    return [...words, ...(owner ? [`account ${owner.account}`] : [])].join(', ')
  }

  owner(): Promise<Owner | undefined> {
    this.#owner ??= this.#where().then((region) => ownerOf(this.#client, region))
    return this.#owner
  }

  image(settings: CloudHost): Promise<string> {
    return this.#catalog.image(settings)
  }

  async places(subnets: readonly string[]): Promise<readonly Place[]> {
    const request = new this.#sdk.DescribeSubnetsCommand({ SubnetIds: [...subnets] })
    const { Subnets: found = [] } = await this.#ask('DescribeSubnets', () => this.#client.send(request))
    const lacking = found.find(({ CidrBlock }) => !CidrBlock)?.SubnetId
    if (lacking !== undefined)
      throw new CloudError('refused', `${lacking} has only IPv6 addresses: hosts reach each other by IPv4`)
    return found
      .map(({ SubnetId = '', AvailabilityZone, CidrBlock = '', VpcId }) => ({
        subnet: SubnetId,
        cidr: CidrBlock,
        ...compact({ zone: AvailabilityZone, network: VpcId }),
      }))
      .sort((a, b) => subnets.indexOf(a.subnet) - subnets.indexOf(b.subnet))
  }

  async check(orders: readonly Order[]): Promise<readonly string[]> {
    const unknown = [...new Set(await Promise.all(this.#lookUp(orders)))].filter((each) => each !== undefined)
    if (unknown.length > 0) return unknown
    const hosts = new Map<string, string[]>()
    const ask = async (alike: readonly [Order, ...Order[]]): Promise<void> => {
      const wrong = await this.#dryRun(alike[0])
      if (wrong !== undefined) hosts.set(wrong, [...(hosts.get(wrong) ?? []), ...alike.map(({ host }) => host)])
    }
    await Promise.all(kinds(orders).map(ask))
    return [...hosts].map(([wrong, of]) => `${list(of.toSorted())}: ${wrong}`)
  }

  /** Looks up what orders name, because a dry run does not verify that. */
  #lookUp(orders: readonly Order[]): Promise<string | undefined>[] {
    const types = [...new Set(orders.map(({ settings }) => settings.type ?? ''))]
    const groups = [...new Set(orders.flatMap(({ settings }) => settings.securityGroups))]
    return [
      wrongIn(() => Promise.all(types.map((type) => this.#catalog.architecture(type)))),
      wrongIn(() =>
        this.#ask('DescribeSecurityGroups', () =>
          this.#client.send(new this.#sdk.DescribeSecurityGroupsCommand({ GroupIds: groups })),
        ),
      ),
      ...kinds(orders).map(async ([order]) => {
        let wrong: string | undefined
        const said = await wrongIn(async () => {
          wrong = await this.#catalog.misfit(order)
        })
        return said ?? wrong
      }),
    ]
  }

  /** The error of a dry run; nothing if EC2 would accept the order. */
  async #dryRun(order: Order): Promise<string | undefined> {
    const request = { ...requestOf(order, (await this.#catalog.ami(order.image)).root), DryRun: true }
    try {
      await this.#client.send(new this.#sdk.RunInstancesCommand(request))
      return undefined
    } catch (error) {
      if (error instanceof Error && error.name === 'DryRunOperation') return undefined
      const said = awsError(error, {
        action: 'ec2:RunInstances',
        region: await this.#where(),
        type: order.settings.type,
      })
      if (OF_ALL.includes(said.failure)) throw said
      // Another subnet may have room: the subnets are tried in turn, so this is no mistake.
      if (said.failure === 'capacity' && order.settings.subnets.length > 1) return undefined
      return said.message
    }
  }

  describe(): Promise<readonly Instance[]> {
    return this.#withTags({ [TAG.cluster]: this.#account.cluster })
  }

  discover({ group, tags }: Pick<Discovery, 'group' | 'tags'>): Promise<readonly Instance[]> {
    return this.#withTags({ ...tags, ...(group === undefined ? {} : { [GROUP_TAG]: group }) })
  }

  async #withTags(tags: Readonly<Record<string, string>>): Promise<readonly Instance[]> {
    const found: Instance[] = []
    const Filters = filtersOf(tags)
    let NextToken: string | undefined
    do {
      const request = new this.#sdk.DescribeInstancesCommand({ Filters, MaxResults: 500, ...compact({ NextToken }) })
      const page = await this.#ask('DescribeInstances', () => this.#client.send(request))
      found.push(...(page.Reservations ?? []).flatMap(({ Instances = [] }) => Instances.map(instanceOf)))
      NextToken = page.NextToken
    } while (NextToken)
    return found
  }

  async create(order: Order): Promise<Instance> {
    const request = new this.#sdk.RunInstancesCommand(requestOf(order, (await this.#catalog.ami(order.image)).root))
    const about = compact({ type: order.settings.type })
    const { Instances: [made] = [] } = await this.#ask('RunInstances', () => this.#client.send(request), about)
    if (made) return instanceOf(made)
    throw new CloudError('unreachable', 'AWS accepted the request but named no instance: run the same command again')
  }

  async tag(id: string, tags: Readonly<Record<string, string>>): Promise<void> {
    const request = new this.#sdk.CreateTagsCommand({ Resources: [id], Tags: tagsOf(tags) })
    await this.#ask('CreateTags', () => this.#client.send(request))
  }

  async start(id: string): Promise<void> {
    const request = new this.#sdk.StartInstancesCommand({ InstanceIds: [id] })
    await this.#ask('StartInstances', () => this.#client.send(request))
  }

  async stop(id: string): Promise<void> {
    const request = new this.#sdk.StopInstancesCommand({ InstanceIds: [id] })
    await this.#ask('StopInstances', () => this.#client.send(request))
  }

  async end(id: string): Promise<void> {
    const request = new this.#sdk.TerminateInstancesCommand({ InstanceIds: [id] })
    try {
      await this.#client.send(request)
    } catch (error) {
      // The termination protection of quorum members: by this point, the user has waived it.
      if (!(error instanceof Error && error.name === 'OperationNotPermitted'))
        throw awsError(error, { action: 'ec2:TerminateInstances', region: await this.#where() })
      const lift = { InstanceId: id, DisableApiTermination: { Value: false } }
      await this.#ask('ModifyInstanceAttribute', () =>
        this.#client.send(new this.#sdk.ModifyInstanceAttributeCommand(lift)),
      )
      await this.#ask('TerminateInstances', () => this.#client.send(request))
    }
  }

  async console(id: string, of?: 'boot'): Promise<readonly string[]> {
    const request = { InstanceId: id, ...(of === 'boot' ? {} : { Latest: true }) }
    const { Output = '' } = await this.#ask('GetConsoleOutput', () =>
      this.#client.send(new this.#sdk.GetConsoleOutputCommand(request)),
    )
    const lines = Buffer.from(Output, 'base64').toString().split('\n')
    return lines.filter((line) => line.trim() !== '')
  }
}

/** Why a lookup fails; nothing if it succeeds. @throws CloudError if it fails for another reason */
async function wrongIn(ask: () => Promise<unknown>): Promise<string | undefined> {
  try {
    await ask()
    return undefined
  } catch (error) {
    if (error instanceof CloudError && error.failure === 'refused') return error.message
    throw error
  }
}
