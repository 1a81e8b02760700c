/** Failures of wiring, told in terms of the node: which device, which setting, what to do. */

export type WiringReason =
  /** There is no such kind of wiring. */
  | "unsupported-kind"
  /** The network type cannot be wired this way. */
  | "unsupported-network"
  /** Neutron has bound the port in a way that this wiring does not do. */
  | "unsupported-binding"
  /** The daemon of the virtual switch does not answer; what it has to do can be done later. */
  | "switch-unreachable"
  /** The virtual switch refused a change, or did not carry it out. */
  | "switch-refused"
  /** No NIC is configured for a physical network, or the configured one is not there. */
  | "no-uplink"
  /** The NIC, or a device that would have to be made, serves something else. */
  | "device-in-use"
  /** The kernel lacks a kind of device. */
  | "unsupported-kernel"
  /** The pod already has an interface of that name. */
  | "interface-exists"
  /** No stand-in holds the place of the port's pod. */
  | "not-parked"
  /** The pod's interface is not there. */
  | "interface-missing"
  /** The gateway of service routes cannot be reached. */
  | "gateway-unreachable"
  /** Another process held the lock for too long. */
  | "lock-timeout"
  /** A kernel setting could not be written. */
  | "setting-refused";

export class WiringError extends Error {
  override readonly name = "WiringError";

  constructor(
    readonly reason: WiringReason,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** The message of anything thrown, for building sentences. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
