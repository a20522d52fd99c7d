import { InventoryError } from '../../inventory/errors.ts'

/** An app file cannot be used. `message` lists every mistake with its JSON path, ready to be shown. */
export class AppFileError extends InventoryError {
  constructor(...args: ConstructorParameters<typeof InventoryError>) {
    super(...args)
    this.name = 'AppFileError'
  }
}

/** The file is no image. One sentence. */
export class ImageFileError extends Error {
  override readonly name = 'ImageFileError'
}
