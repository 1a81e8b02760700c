import { type Case, type Json, SECRET, type Table } from "../case.ts";

/** Neutron at an address, without authentication. */
function neutron(name: string, url: string, code: number, ...says: RegExp[]): Case {
  return {
    name: `Neutron: ${name}`,
    config: { neutron: { neutron_url: url } },
    code,
    says: [/Neutron/, ...says],
  };
}

/** The same over TLS, with keys of the section `openstack`. */
function tls(name: string, url: string, openstack: Json, ...says: RegExp[]): Case {
  return {
    name: `TLS: ${name}`,
    config: { neutron: { neutron_url: url }, openstack: { auth_type: "none", ...openstack } },
    code: 7,
    says,
  };
}

/** Keystone at an address. */
function keystone(name: string, openstack: Json, code: number, ...says: RegExp[]): Case {
  const user = {
    auth_url: "@keystone@",
    username: "@member@",
    user_domain_name: "Default",
    password: "@member-password@",
    project_name: "@member-project@",
    project_domain_name: "Default",
  };
  const config = {
    neutron: { neutron_url: undefined, default_network_id: "@keystone-flat1@" },
    openstack: { ...user, ...openstack },
  };
  return { name: `Keystone: ${name}`, config, code, says };
}

function withDeadline(one: Case, seconds: number): Case {
  return { ...one, config: { ...one.config, deadlines: { add: seconds } } };
}

const CA = { cacert: "@openstack-files@ca.pem" };
const URL = "https://127.0.0.1:@tls-port@";

export const connection: Table = {
  topic: "connection to OpenStack",
  cases: [
    withDeadline(
      neutron(
        "nobody listens",
        "@nobody@",
        11,
        /http:\/\/127\.0\.0\.1:1\//,
        /no connection \(ECONNREFUSED\)/,
        /firewall/,
      ),
      2,
    ),
    withDeadline(
      neutron("a name that does not resolve", "http://neutron.invalid:9696", 11, /neutron\.invalid/, /DNS/),
      2,
    ),
    withDeadline(neutron("hangs up", "@hanging-up@", 11, /connection/, /log/), 2),
    withDeadline(
      neutron(
        "never answers",
        "@hanging@",
        11,
        /http:\/\/127\.0\.0\.1:\d+/,
        /ADD was not done within its 1 s/,
      ),
      1,
    ),
    {
      name: "Neutron: takes longer than request_timeout",
      config: { neutron: { neutron_url: "@hanging@", request_timeout: 1 }, deadlines: { add: 20 } },
      code: 11,
      says: [/Neutron/, /no answer within 1000 ms/, /neutron\.request_timeout/],
    },
    neutron("a web page", "@web-page@", 107, /not JSON: .*Bad Gateway/, /not of a web page/),
    withDeadline(neutron("a proxy's web page with 502", "@web-page-502@", 11, /502/, /Bad Gateway/), 2),
    neutron("half an answer", "@garbage@", 107, /not JSON/),
    neutron("some other API", "@other-api@", 107, /has no "network"/, /URL/),
    neutron("no API of Neutron", "@not-found@", 107, /404/, /neutron_url/),
    neutron("a login page", "@redirecting@", 107, /302/, /login\.example\.org/),
    withDeadline(neutron("broken", "@failing@", 11, /500, HTTPInternalServerError/, /log/), 2),
    neutron("overloaded for long", "@busy@", 11, /429/, /later/),
    neutron("wants authentication", "@keystone@", 103, /401/, /openstack/),
    neutron("another protocol", "@not-http@", 107, /not HTTP/, /URL/),
    {
      name: "Neutron: the quota of ports is used up",
      config: { neutron: { neutron_url: "@over-quota@", default_network_id: "@over-quota-network@" } },
      code: 100,
      says: [/OverQuota/, /openstack quota set/],
    },
    {
      name: "Neutron: no address is left",
      config: { neutron: { default_network_id: "@full@" } },
      code: 100,
      says: [/IpAddressGenerationFailure/, /allocation pool/],
    },
    {
      name: "Neutron: no agent on this host",
      config: { plugin: { neutron_agent: "required" } },
      code: 104,
      says: [/host "node1"/, /neutron-linuxbridge-agent/, /plugin\.neutron_agent/],
    },
    tls(
      "https where http is spoken",
      "https://127.0.0.1:@neutron-port@",
      CA,
      /handshake failed/,
      /speaks https/,
    ),
    neutron(
      "https where http is meant",
      "http://127.0.0.1:@tls-port@",
      11,
      /connection lost/,
      /http or https/,
    ),
    tls("unknown authority", URL, {}, /cacert/),
    tls("another authority", URL, { cacert: "@openstack-files@other-ca.pem" }, /cacert/),
    tls(
      "another name",
      "https://127.0.0.2:@tls-port@",
      CA,
      /certificate is for another name/,
      /127\.0\.0\.2/,
    ),
    tls(
      "an expired certificate",
      "https://127.0.0.1:@tls-expired-port@",
      { cacert: "@kubernetes-files@ca.crt" },
      /renew the server's certificate/,
      /clock/,
    ),
    tls(
      "a client certificate is wanted",
      "https://127.0.0.1:@tls-client-port@",
      CA,
      /client certificate/,
      /cert/,
    ),
    tls("cacert that is not there", URL, { cacert: "/no/such/ca.pem" }, /cacert/, /\/no\/such\/ca\.pem/),
    tls("cacert that is no PEM", URL, { cacert: "/etc/hostname" }, /cacert/, /PEM/),
    tls(
      "a key of another certificate",
      URL,
      { ...CA, cert: "@openstack-files@client.pem", key: "@openstack-files@server-key.pem" },
      /key is not that of the client certificate/,
      /cacert, cert and key/,
    ),
    keystone("a wrong password", { password: `${SECRET}-old` }, 103, /Keystone/, /401/, /password/),
    keystone("a wrong project", { project_name: "nowhere" }, 103, /401/, /project/),
    keystone(
      "a region that is not there",
      { region_name: "Mars" },
      7,
      /region Mars/,
      /RegionOne/,
      /region_name/,
    ),
    keystone("not allowed to see how a network is made", {}, 105, /provider:network_type/, /role/),
    {
      ...keystone("not allowed to bind ports", {}, 103, /403/, /binding:host_id/, /role/),
      config: { ...keystone("", {}, 0).config, plugin: { neutron_agent: "required" } },
    },
    keystone("a web page", { auth_url: "@web-page@" }, 107, /Keystone/, /not JSON/),
    keystone("no Keystone", { auth_url: "@not-found@" }, 107, /404/, /auth_url/),
    keystone("no token in the answer", { auth_url: "@other-api@" }, 107, /no token/, /auth_url/),
    withDeadline(keystone("nobody listens", { auth_url: "@nobody@" }, 11, /Keystone/, /ECONNREFUSED/), 2),
    withDeadline(
      keystone("never answers", { auth_url: "@hanging@" }, 11, /Keystone/, /http:\/\/127\.0\.0\.1/),
      1,
    ),
    {
      ...keystone("STATUS while nobody listens", { auth_url: "@nobody@" }, 50, /Keystone/, /ECONNREFUSED/),
      verb: "STATUS",
      config: {
        ...keystone("", { auth_url: "@nobody@" }, 0).config,
        cniVersion: "1.1.0",
      },
    },
  ],
};
