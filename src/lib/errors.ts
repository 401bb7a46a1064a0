/**
 * Coded errors: the reason that a part of the program stops, with the numbers in it.
 */

/** What an error says of the peer that caused it: nothing to punish, or a fault. */
export type Blame = 'ignore' | 'reject'

/** An error whose `detail.code` names its kind and whose other fields hold the numbers. */
export class CodedError<Detail extends { readonly code: string }> extends Error {
  override readonly name: string = 'CodedError'
  readonly detail: Detail

  constructor(detail: Detail, message: string, options?: ErrorOptions) {
    super(message, options)
    this.detail = detail
  }

  get code(): Detail['code'] {
    return this.detail.code
  }
}

/** The message of anything thrown, for logs and answers. */
export function errorMessage(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown)
}
