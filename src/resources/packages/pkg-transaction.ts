import type { Item } from '../../model/resource.ts'
import { SILENCE } from '../../shell/awake.ts'
import { empty, join, type Script, sh, shFile } from '../../shell/script.ts'
import { DOWNLOAD_DIR, downloadFunctions } from '../kit/download.ts'
import { type Fetched, fetch } from '../kit/fetch.ts'
import { aptFunctions, debMark, dpkgList } from './apt.ts'
import { aptChoice } from './apt-choice.ts'

/** A package as wanted. */
export interface PackageProps {
  readonly version?: string | undefined
  readonly held?: boolean | undefined
  readonly deb?: Fetched
  readonly recommends: boolean
  readonly ensure: 'present' | 'absent'
  readonly purge: boolean
}

/** Seconds that an installation waits for another process's lock. */
const PATIENCE = 600

/** Installs and removes all items in one package-manager transaction. */
export function transaction(
  items: readonly Item<PackageProps>[],
  patience: number = PATIENCE,
  silence: number = SILENCE,
): Script {
  const flag = (set: boolean | undefined) => {
    if (set === undefined) return 'as-is'
    return set ? 'yes' : 'no'
  }
  const asked = items.filter(({ props: { ensure, deb } }) => ensure === 'present' && !deb).map(({ name }) => name)
  return join([
    sh`(`,
    aptFunctions(patience, silence),
    aptChoice,
    dpkgList,
    sh`deb_mark=${debMark} asked=${asked.join(' ')}`,
    shFile(import.meta.url, './pkg-transaction.sh'),
    items.some(({ props }) => props.deb) ? downloadFunctions : empty,
    ...items.map(({ name, props }) => {
      if (props.ensure === 'absent') return sh`absent ${name} ${flag(props.purge)}`
      const version = props.version ?? '*'
      if (props.deb === undefined) return sh`present ${name} ${version} ${flag(props.held)} ${flag(props.recommends)}`
      // apt accepts a file only by its path, and only with this ending
      const path = `${DOWNLOAD_DIR}/${name}.deb`
      return sh`
        bring() {
          ${fetch(props.deb)}
          take_deb ${path} ${name} ${version}
        }
        present ${name} ${version} ${flag(props.held)} ${flag(props.recommends)} ${path} ${props.deb.sum.hex}`
    }),
    sh`
      commit
      )`,
  ])
}
