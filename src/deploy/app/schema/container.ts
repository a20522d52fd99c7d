import * as v from 'valibot'
import {
  filled,
  labels,
  list,
  may,
  object,
  one,
  port,
  portName,
  protocol,
  shortName,
  text,
  whole,
  yes,
} from './words.ts'

const portMapping = v.object({
  containerPort: may(port('Port inside the container; 0 or absent: the same as the host port.')),
  hostPort: may(port('Port on the agent; 0 or absent: any free port that it offers.')),
  servicePort: may(port('Not used here: load balancing uses labels.')),
  name: may(portName('A name, for checks and lb.port.')),
  protocol: may(protocol()),
  labels: may(labels()),
  networkNames: may(list(shortName('A network.'), 'Networks to which it applies.')),
})

const docker = object(
  {
    image: filled('NAME:TAG, with a tag that never moves, or NAME@sha256:DIGEST.'),
    forcePullImage: may(yes('Pull before every start; default false.')),
    privileged: may(yes('Default false.')),
    parameters: may(
      list(
        v.object({ key: filled('A long option of docker run.'), value: text('Its value.') }),
        'Additional options of docker run.',
      ),
    ),
    network: may(one(['BRIDGE', 'HOST', 'NONE', 'USER'], 'Deprecated: use networks.')),
    portMappings: may(list(portMapping, 'Deprecated: use container.portMappings.')),
    credential: may(
      object({ principal: text('User.'), secret: may(text('Password.')) }, 'Deprecated: credentials for the registry.'),
    ),
    pullConfig: may(
      object({ secret: filled('Name of a secret.') }, 'Credentials for the registry, from the secret store.'),
    ),
  },
  'The image.',
)

const volume = v.object({
  containerPath: filled('Mount point.'),
  mode: may(one(['RO', 'RW'], 'Read only, or writable.')),
  hostPath: may(filled('Path on the agent.')),
  secret: may(filled('Name of a secret whose value is the content.')),
  persistent: may(
    object(
      {
        size: whole(0, 'MiB.'),
        type: may(one(['root', 'path', 'mount'], 'Default "root".')),
        maxSize: may(whole(0, 'MiB.')),
        profileName: may(text('Profile of the storage.')),
        constraints: may(list(list(v.string(), 'A constraint.'), 'Which storage.')),
      },
      'A volume that outlives the task, on its agent.',
    ),
  ),
  external: may(
    object(
      {
        name: may(text('Name of the volume.')),
        provider: may(text('The provider.')),
        size: may(whole(0, 'GiB.')),
        shared: may(yes('Default false.')),
        options: may(v.pipe(v.record(v.string(), v.unknown()), v.description("The provider's own options."))),
      },
      'A volume from an external provider.',
    ),
  ),
})

const linuxInfo = object(
  {
    seccomp: may(
      object({ profileName: may(text('A profile.')), unconfined: may(yes('Default false.')) }, 'Allowed system calls.'),
    ),
    ipcInfo: may(
      object(
        { mode: one(['PRIVATE', 'SHARE_PARENT'], 'Whose.'), shmSize: may(v.pipe(v.number(), v.description('MiB.'))) },
        'Shared memory.',
      ),
    ),
  },
  'Linux settings of the container.',
)

/** A task's container. */
export const container = object(
  {
    type: may(one(['DOCKER', 'MESOS'], 'The containerizer: the Docker engine (default), or Mesos itself.')),
    docker: may(docker),
    portMappings: may(list(portMapping, 'Ports of the container, in the order of their index.')),
    volumes: may(list(volume, 'What is mounted.')),
    linuxInfo: may(linuxInfo),
  },
  'The container; without one the command runs directly on the agent.',
)
