import { compact } from '../../lib/compact.ts'
import type { Balancer } from '../../model/cloud.ts'
import { type BalancerSeen, type Balancers, CloudError, type Instance, type TargetState } from '../provider.ts'
import type { ClientSettings } from './requests/proxy.ts'
import type * as Sdk from './sdk.ts'

/** Sends a request for an action, and turns AWS's errors into sentences. */
type Send = <T>(action: string, send: () => Promise<T>) => Promise<T>

const STATES: Readonly<Record<string, TargetState['state']>> = {
  initial: 'initial',
  healthy: 'healthy',
  unhealthy: 'unhealthy',
  'unhealthy.draining': 'draining',
  draining: 'draining',
  unused: 'unused',
  unavailable: 'initial',
}

/** Parses a classic balancer's notation: `HTTP:80/haproxy-health`. */
function parseCheck(target: string): BalancerSeen['check'] {
  const [, protocol = target, port = '0', path] = /^([A-Z]+):(\d+)(\/.*)?$/.exec(target) ?? []
  return { protocol, port: Number(port), ...compact({ path }) }
}

/** A classic balancer's parameters for an instance. */
const inClassic = (LoadBalancerName: string, { id }: Instance) => ({
  LoadBalancerName,
  Instances: [{ InstanceId: id }],
})

const none = (what: string): CloudError => new CloudError('refused', `there is no ${what}`)

/** The target groups and classic load balancers of AWS. */
export class AwsBalancers implements Balancers {
  readonly #sdk: typeof Sdk
  readonly #send: Send
  readonly #groups: Sdk.ElasticLoadBalancingV2Client
  readonly #classic: Sdk.ElasticLoadBalancingClient

  constructor(sdk: typeof Sdk, settings: ClientSettings, send: Send) {
    this.#sdk = sdk
    this.#send = (action, work) => send(`elasticloadbalancing:${action}`, work)
    this.#groups = new sdk.ElasticLoadBalancingV2Client(settings)
    this.#classic = new sdk.ElasticLoadBalancingClient(settings)
  }

  look(balancer: Balancer): Promise<BalancerSeen> {
    return typeof balancer === 'string' ? this.#lookAtGroup(balancer) : this.#lookAtClassic(balancer.classic)
  }

  async #group(arn: string) {
    const request = new this.#sdk.DescribeTargetGroupsCommand({ TargetGroupArns: [arn] })
    const { TargetGroups: [found] = [] } = await this.#send('DescribeTargetGroups', () => this.#groups.send(request))
    if (!found) throw none(`target group ${arn}`)
    return found
  }

  async #lookAtGroup(arn: string): Promise<BalancerSeen> {
    const group = await this.#group(arn)
    const request = new this.#sdk.DescribeTargetGroupAttributesCommand({ TargetGroupArn: arn })
    const said = await this.#send('DescribeTargetGroupAttributes', () => this.#groups.send(request))
    const of = (key: string): string | undefined => said.Attributes?.find(({ Key }) => Key === key)?.Value
    const proxy = of('proxy_protocol_v2.enabled')
    const port = group.HealthCheckPort ?? 'traffic-port'
    return {
      name: group.TargetGroupName ?? arn,
      // targets that are addresses may be anywhere
      ...compact({ network: group.TargetType === 'ip' ? undefined : group.VpcId }),
      check: {
        protocol: group.HealthCheckProtocol ?? 'HTTP',
        port: port === 'traffic-port' ? (group.Port ?? 0) : Number(port),
        ...compact({
          path: group.HealthCheckPath,
          codes: group.Matcher?.HttpCode,
          seconds: group.HealthCheckIntervalSeconds,
          patience: group.HealthCheckTimeoutSeconds,
          failures: group.UnhealthyThresholdCount,
        }),
      },
      drainSeconds: Number(of('deregistration_delay.timeout_seconds') ?? 300),
      ...compact({
        idleSeconds: await this.#idle(group.LoadBalancerArns ?? []),
        proxy:
          proxy === undefined
            ? undefined
            : { on: proxy === 'true', fromClients: of('preserve_client_ip.enabled') === 'true' },
      }),
    }
  }

  /** The longest time for which a balancer of a group keeps idle connections; undefined if that cannot be set. */
  async #idle(arns: readonly string[]): Promise<number | undefined> {
    const said = await Promise.all(
      arns.map((LoadBalancerArn) => {
        const request = new this.#sdk.DescribeBalancerAttributesCommand({ LoadBalancerArn })
        return this.#send('DescribeLoadBalancerAttributes', () => this.#groups.send(request))
      }),
    )
    const times = said
      .flatMap(({ Attributes = [] }) => Attributes)
      .filter(({ Key }) => Key === 'idle_timeout.timeout_seconds')
      .map(({ Value }) => Number(Value))
    return times.length === 0 ? undefined : Math.max(...times)
  }

  async #lookAtClassic(name: string): Promise<BalancerSeen> {
    const request = new this.#sdk.DescribeLoadBalancersCommand({ LoadBalancerNames: [name] })
    const { LoadBalancerDescriptions: [found] = [] } = await this.#send('DescribeLoadBalancers', () =>
      this.#classic.send(request),
    )
    if (!found) throw none(`classic load balancer ${name}`)
    const more = new this.#sdk.DescribeLoadBalancerAttributesCommand({ LoadBalancerName: name })
    const said = await this.#send('DescribeLoadBalancerAttributes', () => this.#classic.send(more))
    const { Enabled = false, Timeout = 300 } = said.LoadBalancerAttributes?.ConnectionDraining ?? {}
    const { Target = '', Interval, Timeout: patience, UnhealthyThreshold } = found.HealthCheck ?? {}
    return {
      name,
      check: { ...parseCheck(Target), ...compact({ seconds: Interval, patience, failures: UnhealthyThreshold }) },
      drainSeconds: Enabled ? Timeout : 0,
      ...compact({ network: found.VPCId, idleSeconds: said.LoadBalancerAttributes?.ConnectionSettings?.IdleTimeout }),
    }
  }

  /** A group's parameters for an instance. */
  async #inGroup(arn: string, { id, privateAddress = '' }: Instance) {
    const Id = (await this.#group(arn)).TargetType === 'ip' ? privateAddress : id
    return { TargetGroupArn: arn, Targets: [{ Id }] }
  }

  async attach(balancer: Balancer, instance: Instance): Promise<void> {
    if (typeof balancer === 'string') {
      const request = new this.#sdk.RegisterTargetsCommand(await this.#inGroup(balancer, instance))
      await this.#send('RegisterTargets', () => this.#groups.send(request))
    } else {
      const request = new this.#sdk.RegisterInstancesWithLoadBalancerCommand(inClassic(balancer.classic, instance))
      await this.#send('RegisterInstancesWithLoadBalancer', () => this.#classic.send(request))
    }
  }

  async detach(balancer: Balancer, instance: Instance): Promise<void> {
    if (typeof balancer === 'string') {
      const request = new this.#sdk.DeregisterTargetsCommand(await this.#inGroup(balancer, instance))
      await this.#send('DeregisterTargets', () => this.#groups.send(request))
    } else {
      const request = new this.#sdk.DeregisterInstancesFromLoadBalancerCommand(inClassic(balancer.classic, instance))
      await this.#send('DeregisterInstancesFromLoadBalancer', () => this.#classic.send(request))
    }
  }

  async targets(balancer: Balancer, instances: readonly Instance[]): Promise<ReadonlyMap<string, TargetState>> {
    if (typeof balancer !== 'string') return this.#classicTargets(balancer.classic)
    const request = new this.#sdk.DescribeTargetHealthCommand({ TargetGroupArn: balancer })
    const said = await this.#send('DescribeTargetHealth', () => this.#groups.send(request))
    return new Map(
      (said.TargetHealthDescriptions ?? []).map(({ Target, TargetHealth }) => {
        const named = Target?.Id ?? ''
        const id = instances.find((each) => each.privateAddress === named)?.id ?? named
        const state = STATES[TargetHealth?.State ?? ''] ?? 'initial'
        return [id, { state, ...compact({ reason: TargetHealth?.Description }) }]
      }),
    )
  }

  async #classicTargets(name: string): Promise<ReadonlyMap<string, TargetState>> {
    const request = new this.#sdk.DescribeInstanceHealthCommand({ LoadBalancerName: name })
    const said = await this.#send('DescribeInstanceHealth', () => this.#classic.send(request))
    return new Map(
      (said.InstanceStates ?? []).map(({ InstanceId = '', State, Description = '' }) => {
        const leaves = /deregistration/i.test(Description)
        const state = State === 'InService' ? ('healthy' as const) : ('unhealthy' as const)
        return [InstanceId, { state: leaves ? 'draining' : state, reason: Description }]
      }),
    )
  }
}
