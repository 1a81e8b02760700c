/** What goes wrong between a client and Open vSwitch's database. */

export type OvsdbReason =
  /** Nobody listens there, or the connection broke. */
  | "unreachable"
  /** What answers there does not speak the protocol. */
  | "protocol"
  /** The database refused a request. */
  | "refused";

export class OvsdbError extends Error {
  override readonly name = "OvsdbError";
  /** The database's own word for a refusal, such as `constraint violation` (RFC 7047, section 5.1). */
  readonly code: string | undefined;

  constructor(
    readonly reason: OvsdbReason,
    message: string,
    options: ErrorOptions & { readonly code?: string } = {},
  ) {
    super(message, options);
    this.code = options.code;
  }
}
