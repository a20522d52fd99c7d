import type { Fields, Item, ResourceType } from '../../model/resource.ts'
import { repair } from '../../model/resource.ts'
import { foreseeRead } from '../kit/readers.ts'
import { relabel } from '../kit/relabel.ts'
import { asRead, type FileProps, type FileState, fileType } from './file.ts'

/** The content of a file whose path follows from the resource's name. */
export interface OwnFile {
  readonly file: Item<FileProps>
}

/** The lines that the probe of {@link ownFileType} printed about the file of one item. */
export const fileOf = (records: readonly Fields[]): FileState | 'absent' =>
  fileType.parse(records.filter(([word]) => word === 'file').map((fields) => fields.slice(2)))

/** What such a type defines itself. */
type OwnFileType<Props> = Required<
  Pick<
    ResourceType<Props, FileState | 'absent'>,
    'name' | 'observe' | 'parse' | 'diff' | 'apply' | 'foresee' | 'places' | 'probeFunctions'
  >
>

/** The behaviour of a type that consists of one file at a fixed place. */
export const ownFileType = <Props extends OwnFile>(name: string): OwnFileType<Props> => ({
  name,
  observe: (items) =>
    relabel(
      'file',
      fileType.observe(items.map(({ props }) => props.file)),
      items.map(({ name, props }) => ({ item: name, part: props.file.name })),
    ),
  parse: fileOf,
  diff: ({ file }, is) => fileType.diff(file.props, is, []),
  apply: ({ props: { file } }) => repair(fileType, [file]),
  foresee: (items, steps) =>
    foreseeRead(
      items.flatMap(({ name, props: { file } }) =>
        file.props.ensure === 'absent' ? [] : [asRead(name, file.name, file.props)],
      ),
      steps,
    ),
  places: (_name, { file }) => fileType.places?.(file.name, file.props) ?? [],
  probeFunctions: fileType.probeFunctions ?? [],
})
