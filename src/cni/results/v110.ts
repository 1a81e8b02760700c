import { compact } from "../compact.ts";
import type { Field } from "../field.ts";
import type { Interface, Route } from "../result.ts";
import type { ResultConverter } from "./converter.ts";
import { readRoute, writeRoute } from "./parts.ts";
import { readCommon, readInterface, v100, writeInterface } from "./v100.ts";

/** 1.1.0: interfaces have an MTU, a socket path and a PCI address, routes have their metrics. */
export const v110: ResultConverter = {
  write(result) {
    return {
      ...v100.write(result),
      interfaces: result.interfaces.map(writeDetailedInterface),
      routes: result.routes.map(writeDetailedRoute),
    };
  },

  read(result) {
    return {
      ...readCommon(result),
      interfaces: result.key("interfaces").items().map(readDetailedInterface),
      routes: result.key("routes").items().map(readDetailedRoute),
    };
  },
};

function writeDetailedInterface(device: Interface): Interface {
  const { mtu, socketPath, pciID } = device;
  return compact({ ...writeInterface(device), mtu, socketPath, pciID });
}

function writeDetailedRoute(route: Route): Route {
  const { mtu, advmss, priority, table, scope } = route;
  return compact({ ...writeRoute(route), mtu, advmss, priority, table, scope });
}

function readDetailedInterface(device: Field): Interface {
  return compact({
    ...readInterface(device),
    mtu: device.key("mtu").count(),
    socketPath: device.key("socketPath").text(),
    pciID: device.key("pciID").text(),
  });
}

function readDetailedRoute(route: Field): Route {
  return compact({
    ...readRoute(route),
    mtu: route.key("mtu").count(),
    advmss: route.key("advmss").count(),
    priority: route.key("priority").count(),
    table: route.key("table").count(),
    scope: route.key("scope").count(),
  });
}
