import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { run } from '../../../src/sandbox/exec.ts'
import { available } from '../../../src/sandbox/index.ts'
import type { Builder } from './builder.ts'
import { debianLayer } from './debian-layer.ts'
import { dockerArchive, folderLayer, type ImageConfig, sha256Of } from './docker-archive.ts'

/**
 * A JVM, and the libraries of libmesos.so and libmesos-java.so in ClusterD's package for Debian 12; libsasl2-modules
 * has CRAM-MD5.
 */
const PACKAGES = [
  ...[
    'openjdk-17-jre-headless',
    'ca-certificates',
    'libapr1',
    'libarchive13',
    'libcurl4',
    'libevent-2.1-7',
    'libevent-openssl-2.1-7',
  ],
  ...[
    'libevent-pthreads-2.1-7',
    'libgoogle-glog0v6',
    'libgrpc++1.51',
    'libhttp-parser2.9',
    'libleveldb1d',
    'libprotobuf32',
    'libre2-9',
  ],
  ...['libsasl2-2', 'libsasl2-modules', 'libssl3', 'libstdc++6', 'libsvn1', 'libzookeeper-mt2', 'zlib1g'],
]
/** Java's package creates links here even without manuals. */
const FOLDERS = ['/usr/share/man/man1']

const CONFIG: ImageConfig = {
  WorkingDir: '/marathon',
  User: 'nobody',
  Env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'],
  Entrypoint: ['/marathon/bin/marathon'],
}

const COPY = 'org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies'

/** A Maven project with exactly these dependencies, `group:artifact:version`. */
export function pom(coordinates: readonly string[]): string {
  const none = '<exclusions><exclusion><groupId>*</groupId><artifactId>*</artifactId></exclusion></exclusions>'
  const one = (text: string): string => {
    const [group, artifact, version] = text.split(':')
    return `<dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${version}</version>${none}</dependency>`
  }
  const self =
    '<modelVersion>4.0.0</modelVersion><groupId>marathon</groupId><artifactId>jars</artifactId><version>1</version><packaging>pom</packaging>'
  return `<project xmlns="http://maven.apache.org/POM/4.0.0">${self}<dependencies>\n${coordinates.map(one).join('\n')}\n</dependencies></project>\n`
}

const jarIn = (folder: string): string | undefined =>
  readdirSync(folder).find((name) => /^marathon-\d.*\.jar$/.test(name))

/**
 * The real Marathon as an image for `docker load`, from a folder with its jar `marathon-VERSION.jar`, the start script
 * `marathon`, and `dependencies.txt`, the other jars as Maven coordinates; libmesos comes from a Mesos package. Takes a
 * minute or two.
 */
export function realMarathon(folder: string, deb: string): Builder {
  const jar = existsSync(folder) ? (jarIn(folder) ?? '') : ''
  const version = jar.replace(/^marathon-|\.jar$/g, '')
  const read = (name: string): string => readFileSync(join(folder, name), 'utf8')
  const coordinates = (): readonly string[] => read('dependencies.txt').split('\n').filter(Boolean)
  return {
    version,
    seconds: 90,
    missing() {
      const lacks = [jar || 'marathon-VERSION.jar', 'marathon', 'dependencies.txt'].filter(
        (name) => !existsSync(join(folder, name)),
      )
      if (lacks.length > 0) return `${folder} lacks ${lacks.join(', ')}`
      if (!existsSync(deb)) return `there is no package of Mesos ${deb}`
      if (spawnSync('mvn', ['--version'], { stdio: 'ignore' }).status !== 0)
        return "Marathon's jars come by Maven, and this machine has no mvn: apt-get install maven"
      return available()
    },
    inputs: async () => [
      ...[...PACKAGES, ...FOLDERS, JSON.stringify(CONFIG), 'bookworm 1', COPY],
      ...[read('dependencies.txt'), read('marathon'), await sha256Of(join(folder, jar)), await sha256Of(deb)],
    ],
    async build(into) {
      const work = join(into, 'work')
      const app = join(work, 'app', 'marathon')
      mkdirSync(join(app, 'bin'), { recursive: true, mode: 0o755 })
      writeFileSync(join(work, 'pom.xml'), pom(coordinates()))
      // with the caller's own environment: proxies, and Maven's settings
      const said = spawnSync('mvn', ['-q', '-B', '-f', work, COPY, `-DoutputDirectory=${join(app, 'lib')}`], {
        encoding: 'utf8',
      })
      if (said.status !== 0)
        throw new Error(`the jars of Marathon did not come: mvn ended with ${said.status}: ${said.stdout.slice(-1000)}`)
      // under another name it reports its version as 1.11.0-SNAPSHOT
      cpSync(join(folder, jar), join(app, 'lib', `mesosphere.marathon.${jar}`))
      writeFileSync(join(app, 'bin', 'marathon'), read('marathon'), { mode: 0o755 })
      symlinkSync('marathon', join(app, 'bin', 'start'))
      await run('chmod', ['-R', 'u=rwX,go=rX', join(work, 'app')])
      await run('dpkg-deb', ['--extract', deb, join(work, 'mesos')])
      const libraries = readdirSync(join(work, 'mesos', 'usr', 'lib')).filter((name) => name.startsWith('libmesos'))
      const layers = [
        await debianLayer(join(work, 'base.tar'), PACKAGES, FOLDERS),
        await folderLayer(
          join(work, 'libmesos.tar'),
          join(work, 'mesos'),
          libraries.map((name) => `usr/lib/${name}`),
        ),
        await folderLayer(join(work, 'marathon.tar'), join(work, 'app')),
      ]
      const { file } = await dockerArchive(
        join(into, 'marathon.docker.tar'),
        `mesosphere/marathon:v${version}`,
        layers,
        CONFIG,
      )
      rmSync(work, { recursive: true })
      return basename(file)
    },
  }
}
