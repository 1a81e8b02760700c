/** /v2.0/routers, as far as their interfaces' ports are met by clients of ports. */
import {
  type Attributes,
  boolean,
  type Item,
  parseObject,
  readOnly,
  standardAttributes,
  text,
} from "./attributes.ts";
import type { Cloud } from "./cloud.ts";
import { badResource, portNotFound, routerInUse, routerNotFound, subnetNotFound } from "./errors.ts";
import { type ApiRequest, noContent, ok, type Reply } from "./http.ts";
import type { Port, Router, Subnet } from "./model.ts";
import { createPort } from "./port-create.ts";
import { removePort } from "./ports.ts";
import { createAll, differences, find, prepareDelete, prepareUpdate, type ResourceType } from "./resource.ts";
import { deleteTags, tagFilters } from "./tags.ts";

const INTERFACE = "network:router_interface";

export const routerType: ResourceType<Router> = {
  singular: "router",
  collection: "routers",
  table: (cloud) => cloud.routers,
  attributes: {
    ...standardAttributes,
    name: { access: "both", parse: text(255), fallback: "" },
    admin_state_up: { access: "both", parse: boolean, fallback: true },
    external_gateway_info: { access: "both", parse: (value) => value, fallback: null },
    routes: { access: "update", parse: (value) => value },
    status: readOnly,
    tags: readOnly,
  } satisfies Attributes,
  filters: { id: "column", name: "column", project_id: "column", description: "column", ...tagFilters },
  notFound: routerNotFound,
  present: (_cloud, row) => ({
    ...row,
    tenant_id: row.project_id,
    distributed: false,
    ha: false,
    flavor_id: null,
  }),
};

export function createRouter(cloud: Cloud, request: ApiRequest): Reply {
  return createAll(cloud, routerType, request, (item) =>
    cloud.routers.insert({ ...(item as unknown as Router), routes: [], status: "ACTIVE" }),
  );
}

export function updateRouter(cloud: Cloud, request: ApiRequest): Reply {
  const { row, changes } = prepareUpdate(cloud, routerType, request);
  cloud.routers.update(row.id, differences(row, changes));
  return ok({ router: routerType.present(cloud, cloud.routers.get(row.id) ?? row, request.caller) });
}

export function deleteRouter(cloud: Cloud, request: ApiRequest): Reply {
  const router = prepareDelete(cloud, routerType, request);
  const ports = cloud.ports.ids("device_id = ? AND device_owner = ?", [router.id, INTERFACE]);
  if (ports.length > 0) throw routerInUse(router.id, ports);
  deleteTags(cloud, router.id);
  cloud.routers.delete(router.id);
  return noContent();
}

/** By subnet: a port at the subnet's gateway is made. By port: that port becomes the router's. */
export function addRouterInterface(cloud: Cloud, request: ApiRequest): Reply {
  const router = find(cloud, routerType, request);
  const port = cloud.db.transaction(() => {
    const { subnet_id: subnetId, port_id: portId } = parseObject(request.body);
    if (typeof portId === "string") return adoptPort(cloud, router, portId);
    if (typeof subnetId === "string") return gatewayPort(cloud, router, subnetId, request);
    throw badResource("router", "Either subnet_id or port_id must be specified");
  })();
  return ok(describe(router, port));
}

export function removeRouterInterface(cloud: Cloud, request: ApiRequest): Reply {
  const router = find(cloud, routerType, request);
  const { subnet_id: subnetId, port_id: portId } = parseObject(request.body);
  const port = interfaces(cloud, router).find(
    (candidate) =>
      candidate.id === portId || candidate.fixed_ips.some((fixed) => fixed.subnet_id === subnetId),
  );
  if (port === undefined) throw badResource("router", "Router has no such interface");
  cloud.db.transaction(() => removePort(cloud, port.id))();
  return ok(describe(router, port));
}

function interfaces(cloud: Cloud, router: Router): Port[] {
  return cloud.ports.select("device_id = ? AND device_owner = ?", [router.id, INTERFACE]);
}

function gatewayPort(cloud: Cloud, router: Router, subnetId: string, request: ApiRequest): Port {
  const subnet: Subnet | undefined = cloud.subnets.get(subnetId);
  if (subnet === undefined) throw subnetNotFound(subnetId);
  if (
    interfaces(cloud, router).some((port) => port.fixed_ips.some((fixed) => fixed.subnet_id === subnetId))
  ) {
    throw badResource("router", `Router already has a port on subnet ${subnetId}`);
  }
  if (subnet.gateway_ip === null)
    throw badResource("router", "Subnet for router interface must have a gateway IP");
  const item: Item = {
    project_id: router.project_id,
    network_id: subnet.network_id,
    name: "",
    admin_state_up: true,
    device_id: router.id,
    device_owner: INTERFACE,
    fixed_ips: [{ subnet_id: subnet.id, ip_address: subnet.gateway_ip }],
    allowed_address_pairs: [],
    extra_dhcp_opts: [],
    "binding:vnic_type": "normal",
    dns_name: "",
    dns_domain: "",
  };
  return createPort(cloud, item, { ...request.caller, isAdmin: true });
}

function adoptPort(cloud: Cloud, router: Router, portId: string): Port {
  if (cloud.ports.get(portId) === undefined) throw portNotFound(portId);
  cloud.ports.update(portId, { device_id: router.id, device_owner: INTERFACE });
  const port = cloud.ports.get(portId);
  if (port === undefined) throw portNotFound(portId);
  return port;
}

function describe(router: Router, port: Port): Item {
  const subnets = port.fixed_ips.map((fixed) => fixed.subnet_id);
  return {
    id: router.id,
    tenant_id: router.project_id,
    port_id: port.id,
    network_id: port.network_id,
    subnet_id: subnets[0] ?? null,
    subnet_ids: subnets,
  };
}
