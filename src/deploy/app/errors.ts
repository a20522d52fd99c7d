import { InventoryError } from '../../inventory/errors.ts'
import { UserError } from '../../lib/user-error.ts'

/** An app file cannot be used. `message` lists every mistake with its JSON path, ready to print. */
export class AppFileError extends InventoryError {
  override readonly name: string = 'AppFileError'
}

/** A file is not an image archive. The message is one sentence. */
export class ImageFileError extends UserError {
  override readonly name = 'ImageFileError'
}
