import { InventoryError } from '../../inventory/errors.ts'
import { UserError } from '../../lib/user-error.ts'

/** An app file cannot be used. `message` lists every mistake with its JSON path, ready to be shown. */
export class AppFileError extends InventoryError {
  override readonly name: string = 'AppFileError'
}

/** The file is no image. One sentence. */
export class ImageFileError extends UserError {
  override readonly name = 'ImageFileError'
}
