import type { Interface, IpConfig, Result, Route } from "../cni/result.ts";
import type { Port } from "../openstack/neutron/ports.ts";
import type { PodEndSettings } from "../wiring/pod-end.ts";
import type { PodEnd } from "../wiring/wiring.ts";
import { contains } from "./target.ts";
import type { NetworkView, SubnetView } from "./views.ts";

interface Address {
  /** With prefix length. */
  cidr: string;
  subnet: SubnetView;
}

/** A route of the pod. `onlink`: the gateway is outside the pod's subnets and reached directly all the same. */
export interface PodRoute {
  dst: string;
  gw?: string;
  onlink?: boolean;
}

/** The pod's end as its port and its subnets say: addresses with their prefix, gateway, host routes. */
export function podEndSettings(port: Port, network: NetworkView): PodEndSettings {
  const addresses = addressesOf(port, network);
  return {
    mac: port.mac_address,
    mtu: network.mtu,
    addresses: addresses.map(({ cidr }) => cidr),
    routes: routesOf(addresses),
  };
}

/** The same as a CNI result: the host's end first, where there is one, then the pod's, which the addresses refer to. */
export function toResult(port: Port, network: NetworkView, hostEnd: string | undefined, pod: PodEnd): Result {
  const addresses = addressesOf(port, network);
  const interfaces: Interface[] = [
    ...(hostEnd === undefined ? [] : [{ name: hostEnd, mtu: network.mtu }]),
    { name: pod.ifname, mac: port.mac_address, mtu: network.mtu, sandbox: pod.netns },
  ];
  const ips = addresses.map(
    ({ cidr, subnet }): IpConfig => ({
      interface: interfaces.length - 1,
      address: cidr,
      ...(subnet.gateway === undefined ? {} : { gateway: subnet.gateway }),
    }),
  );
  const routes = routesOf(addresses).map(({ dst, gw }): Route => (gw === undefined ? { dst } : { dst, gw }));
  return { interfaces, ips, routes, dns: dnsOf(addresses, network) };
}

function addressesOf(port: Port, network: NetworkView): Address[] {
  return port.fixed_ips.map(({ subnet_id, ip_address }) => {
    const subnet = network.subnets.find(({ id }) => id === subnet_id);
    if (subnet === undefined) throw new UnknownSubnetError(subnet_id);
    return { cidr: `${ip_address}/${subnet.cidr.split("/")[1]}`, subnet };
  });
}

/** The port got an address of a subnet that was not there when the network was last read. */
export class UnknownSubnetError extends Error {
  override readonly name = "UnknownSubnetError";

  constructor(readonly subnetId: string) {
    super(`subnet ${subnetId} is not among the network's known subnets`);
  }
}

/** Host routes first: one of them to everywhere takes the place of the gateway, as with Neutron's DHCP agent. */
function routesOf(addresses: Address[]): PodRoute[] {
  const routes: PodRoute[] = [];
  const add = (route: PodRoute) => {
    if (!routes.some(({ dst }) => dst === route.dst)) routes.push(route);
  };
  for (const { subnet } of addresses) {
    for (const { destination, nexthop } of subnet.routes) add(viaGateway(destination, nexthop, addresses));
    const everywhere = subnet.version === 4 ? "0.0.0.0/0" : "::/0";
    if (subnet.gateway !== undefined) add(viaGateway(everywhere, subnet.gateway, addresses));
  }
  return routes;
}

function viaGateway(dst: string, gw: string, addresses: Address[]): PodRoute {
  const isLinkLocal = /^fe[89ab]/i.test(gw);
  const reachable = isLinkLocal || addresses.some(({ subnet }) => contains(subnet.cidr, gw));
  return reachable ? { dst, gw } : { dst, gw, onlink: true };
}

function dnsOf(addresses: Address[], network: NetworkView): Result["dns"] {
  const nameservers = [...new Set(addresses.flatMap(({ subnet }) => subnet.nameservers))];
  const domain = network.dnsDomain?.replace(/\.$/, "");
  return {
    ...(nameservers.length > 0 ? { nameservers } : {}),
    ...(domain ? { domain } : {}),
  };
}
