/** Neutron's ports: what they are, and all that is done with them. */
export {
  type FixedIpDraft,
  hasTags,
  matchesPort,
  type Port,
  type PortDraft,
  type PortFilter,
  type PortUpdate,
} from "./port.ts";
export { createPort, createPorts } from "./port-creation.ts";
export { listPorts } from "./port-list.ts";
export { deletePort, getPort, updatePort } from "./port-requests.ts";
export { DEFAULT_SCHEDULE, type PollSchedule, waitForPort } from "./port-wait.ts";
