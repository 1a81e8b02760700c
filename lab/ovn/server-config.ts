/** What neutron-server is told when OVN does the wiring, over what it is told when agents do. */
import type { LabLayout } from "../layout.ts";
import type { Ini } from "../neutron/ini.ts";
import { databaseRemote } from "./database.ts";

/** Sections whose keys replace those of the configuration for agents. */
export function ovnServerConfig(layout: LabLayout): Ini {
  return {
    DEFAULT: {
      service_plugins: "ovn-router,qos,trunk,segments",
      // Nobody is on the bus: OVN's databases take its place.
      transport_url: "fake:///",
      // The driver connects to the databases in forked workers alone.
      api_workers: 1,
    },
    ml2: {
      type_drivers: "local,flat,vlan,geneve",
      tenant_network_types: "geneve",
      mechanism_drivers: "ovn",
      overlay_ip_version: 4,
    },
    ml2_type_geneve: { vni_ranges: "1000:1999", max_header_size: 38 },
    ovn: {
      ovn_nb_connection: databaseRemote(layout, "nb"),
      ovn_sb_connection: databaseRemote(layout, "sb"),
      ovn_metadata_enabled: false,
    },
  };
}
