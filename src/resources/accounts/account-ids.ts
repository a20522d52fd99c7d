import type { IdKind, Item, Resource } from '../../model/resource.ts'
import { join, type Script, sh } from '../../shell/script.ts'

/** The numbers that Debian's packages take for their accounts. */
const ofPackages = (number: number): boolean => number >= 100 && number <= 999

/** sh that warns of new accounts whose number a package, which the same run installs before them, may take. */
export function foreseeTaken<Props>(
  kind: IdKind,
  items: readonly Item<Props>[],
  steps: readonly Resource[],
  numberOf: (props: Props) => number | undefined,
): Script {
  const [type, database] = kind === 'uid' ? ['user', 'passwd'] : ['group', 'group']
  return join(
    items.flatMap(({ name, props }) => {
      const number = numberOf(props)
      const at = steps.findIndex(({ id }) => id === `${type} ${name}`)
      const before = steps.slice(0, at).find((step) => step.type.name === 'package')
      if (number === undefined || !ofPackages(number) || before === undefined) return []
      const says = `packages take such numbers as its ${kind} ${number}, and ${before.id} comes before it: list the ${type} before the package, or give it a number above 999`
      return [sh`getent ${database} ${name} >/dev/null || printf '!\t%s\t%s\n' ${name} ${says}`]
    }),
  )
}
