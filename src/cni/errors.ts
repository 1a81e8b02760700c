/**
 * Error codes of the CNI specification (SPEC.md, "Error"), and the library codes that runtimes know.
 * Codes from 100 on are ours; they are listed in docs/cni.md.
 */
export const CniCode = {
  incompatibleVersion: 1,
  unsupportedField: 2,
  unknownContainer: 3,
  badEnvironment: 4,
  io: 5,
  decode: 6,
  invalidConfig: 7,
  invalidNetns: 8,
  tryAgainLater: 11,
  notAvailable: 50,
  limitedConnectivity: 51,
  /** Neutron refused for want of capacity: quota reached or no address left. */
  exhausted: 100,
  /** What the pod asked for (annotation, address, group) does not exist or is not allowed. */
  badRequest: 101,
  /** The asked-for address or MAC belongs to somebody else. */
  addressInUse: 102,
  /** Neutron or Keystone refused the credentials or the operation. */
  forbidden: 103,
  /** Neutron could not bind the port on this host. */
  bindingFailed: 104,
  /** Devices, addresses or routes on the node could not be made. */
  wiring: 105,
  /** CHECK found the attachment different from what ADD made. */
  checkFailed: 106,
  /** OpenStack or Kubernetes answered something that was not expected. */
  upstream: 107,
  internal: 999,
} as const;

export type CniCode = (typeof CniCode)[keyof typeof CniCode];

/** A failure as the runtime sees it: `msg` names what was wrong and says what to do; `details` is for the log. */
export class CniError extends Error {
  override readonly name = "CniError";

  constructor(
    readonly code: CniCode,
    message: string,
    readonly details?: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** The message of anything thrown, for building sentences. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
