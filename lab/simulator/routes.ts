/** The route table of the simulated Neutron. */
import { agentType } from "./agents.ts";
import { listAvailabilities, showAvailability } from "./availabilities.ts";
import type { Cloud } from "./cloud.ts";
import { listExtensions, resources, showExtension, versions } from "./discovery.ts";
import type { ApiRequest, Handler, Reply } from "./http.ts";
import { list, show } from "./listing.ts";
import { createNetwork, deleteNetwork, networkType, updateNetwork } from "./networks.ts";
import { createPorts } from "./port-create.ts";
import { updatePort } from "./port-update.ts";
import { deletePort, portType } from "./ports.ts";
import {
  deleteQuota,
  listQuotas,
  showOwnProject,
  showQuota,
  showQuotaDetails,
  updateQuota,
} from "./quotas.ts";
import type { ResourceType } from "./resource.ts";
import type { Route } from "./router.ts";
import {
  addRouterInterface,
  createRouter,
  deleteRouter,
  removeRouterInterface,
  routerType,
  updateRouter,
} from "./routers.ts";
import {
  createSecurityGroupRule,
  deleteSecurityGroupRule,
  securityGroupRuleType,
} from "./security-group-rules.ts";
import {
  createSecurityGroup,
  deleteSecurityGroup,
  listSecurityGroups,
  securityGroupType,
  updateSecurityGroup,
} from "./security-groups.ts";
import { createSubnet, deleteSubnet, subnetType, updateSubnet } from "./subnets.ts";
import type { Standard, Table } from "./table.ts";
import { tagHandlers } from "./tags.ts";

export function neutronRoutes(cloud: Cloud): Route[] {
  const at =
    (handler: (cloud: Cloud, request: ApiRequest) => Reply): Handler =>
    (request) =>
      handler(cloud, request);
  return [
    ["GET", "/", versions],
    ["GET", "/v2.0", resources],
    ["GET", "/v2.0/extensions", () => listExtensions(cloud)],
    ["GET", "/v2.0/extensions/:id", at(showExtension)],

    ...readRoutes(cloud, networkType, "/v2.0/networks"),
    ["POST", "/v2.0/networks", at(createNetwork)],
    ["PUT", "/v2.0/networks/:id", at(updateNetwork)],
    ["DELETE", "/v2.0/networks/:id", at(deleteNetwork)],
    ...tagRoutes(cloud, networkType, cloud.networks, "/v2.0/networks"),

    ...readRoutes(cloud, subnetType, "/v2.0/subnets"),
    ["POST", "/v2.0/subnets", at(createSubnet)],
    ["PUT", "/v2.0/subnets/:id", at(updateSubnet)],
    ["DELETE", "/v2.0/subnets/:id", at(deleteSubnet)],
    ...tagRoutes(cloud, subnetType, cloud.subnets, "/v2.0/subnets"),

    ...readRoutes(cloud, portType, "/v2.0/ports"),
    ["POST", "/v2.0/ports", at(createPorts)],
    ["PUT", "/v2.0/ports/:id", at(updatePort)],
    ["DELETE", "/v2.0/ports/:id", at(deletePort)],
    ...tagRoutes(cloud, portType, cloud.ports, "/v2.0/ports"),

    ...readRoutes(cloud, securityGroupType, "/v2.0/security-groups"),
    ["GET", "/v2.0/security-groups", at(listSecurityGroups)],
    ["POST", "/v2.0/security-groups", at(createSecurityGroup)],
    ["PUT", "/v2.0/security-groups/:id", at(updateSecurityGroup)],
    ["DELETE", "/v2.0/security-groups/:id", at(deleteSecurityGroup)],
    ...tagRoutes(cloud, securityGroupType, cloud.securityGroups, "/v2.0/security-groups"),

    ...readRoutes(cloud, securityGroupRuleType, "/v2.0/security-group-rules"),
    ["POST", "/v2.0/security-group-rules", at(createSecurityGroupRule)],
    ["DELETE", "/v2.0/security-group-rules/:id", at(deleteSecurityGroupRule)],

    ...readRoutes(cloud, routerType, "/v2.0/routers"),
    ["POST", "/v2.0/routers", at(createRouter)],
    ["PUT", "/v2.0/routers/:id", at(updateRouter)],
    ["DELETE", "/v2.0/routers/:id", at(deleteRouter)],
    ["PUT", "/v2.0/routers/:id/add_router_interface", at(addRouterInterface)],
    ["PUT", "/v2.0/routers/:id/remove_router_interface", at(removeRouterInterface)],
    ...tagRoutes(cloud, routerType, cloud.routers, "/v2.0/routers"),

    ...readRoutes(cloud, agentType, "/v2.0/agents"),
    ["GET", "/v2.0/network-ip-availabilities", at(listAvailabilities)],
    ["GET", "/v2.0/network-ip-availabilities/:id", at(showAvailability)],
    ["GET", "/v2.0/quotas", at(listQuotas)],
    ["GET", "/v2.0/quotas/tenant", at(showOwnProject)],
    ["GET", "/v2.0/quotas/:id", at(showQuota)],
    ["GET", "/v2.0/quotas/:id/details", at(showQuotaDetails)],
    ["PUT", "/v2.0/quotas/:id", at(updateQuota)],
    ["DELETE", "/v2.0/quotas/:id", at(deleteQuota)],
  ];
}

function readRoutes<Row extends Standard>(cloud: Cloud, type: ResourceType<Row>, path: string): Route[] {
  return [
    ["GET", path, (request) => list(cloud, type, request)],
    ["GET", `${path}/:id`, (request) => show(cloud, type, request)],
  ];
}

function tagRoutes<Row extends Standard & { tags: string[] }>(
  cloud: Cloud,
  type: ResourceType<Row>,
  table: Pick<Table<Row>, "update">,
  path: string,
): Route[] {
  const handlers = tagHandlers(cloud, type, (id) => table.update(id, {}));
  return [
    ["GET", `${path}/:id/tags`, handlers.list],
    ["PUT", `${path}/:id/tags`, handlers.replace],
    ["DELETE", `${path}/:id/tags`, handlers.clear],
    ["GET", `${path}/:id/tags/:tag`, handlers.has],
    ["PUT", `${path}/:id/tags/:tag`, handlers.add],
    ["DELETE", `${path}/:id/tags/:tag`, handlers.remove],
  ];
}
