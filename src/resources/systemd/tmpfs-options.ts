interface Form {
  readonly form: RegExp
  readonly like: string
}

/** What the kernel takes as a number of blocks or files. */
const AMOUNT: Form = { form: /^(0x[\da-f]+|\d+)[kmgtpe]?$/i, like: 'a number, or one like 512m or 2g' }

/** The values of a tmpfs' options, by name. mount(8) says of a wrong one only that something was wrong. */
const VALUES: ReadonlyMap<string, Form> = new Map([
  ['size', { form: /^((0x[\da-f]+|\d+)[kmgtpe]?|\d+%)$/i, like: 'like 512m, 2g or 50%' }],
  ['nr_blocks', AMOUNT],
  ['nr_inodes', AMOUNT],
  ['mode', { form: /^[0-7]+$/, like: 'in octal digits, like 1777' }],
  ['huge', { form: /^(never|always|within_size|advise)$/, like: 'never, always, within_size or advise' }],
])

/** What is wrong with a tmpfs' options. */
export function tmpfsFault(options: readonly string[]): string | undefined {
  for (const option of options.flatMap((some) => some.split(','))) {
    const [name = '', ...value] = option.split('=')
    const known = VALUES.get(name)
    if (known !== undefined && !known.form.test(value.join('=')))
      return `tmpfs does not take ${JSON.stringify(option)}: the value of ${name} must be ${known.like}`
  }
  return undefined
}
