import * as v from "valibot";
import { documented } from "./documented.ts";
import { absolutePath, flag, httpUrl, NOT_AN_OBJECT, oneOf, text } from "./values.ts";

function words(title: string, description: string, ...examples: string[]) {
  const said = { title, description, ...(examples.length > 0 && { examples }) };
  return documented(v.exactOptional(text), said);
}

function path(title: string, description: string, ...examples: string[]) {
  return documented(v.exactOptional(absolutePath), { title, description, examples });
}

/** `openstack`: how to authenticate. Absent with `neutron.neutron_url` set: no authentication. */
export const OpenStackSchema = v.object(
  {
    cloud: words(
      "Name of a cloud in clouds.yaml",
      "The other keys of this section, where given, win over what the file says. Default: `OS_CLOUD`.",
      "production",
    ),
    clouds_file: path(
      "Path of clouds.yaml",
      "Default: `OS_CLIENT_CONFIG_FILE`, then `clouds.yaml` in the usual places (working directory, " +
        "`~/.config/openstack`, `/etc/openstack`). A `secure.yaml` beside it is merged over it.",
      "/etc/openstack/clouds.yaml",
    ),
    auth_type: documented(
      v.exactOptional(oneOf(["none", "password", "v3applicationcredential", "v3token"])),
      {
        title: "Way to authenticate",
        description:
          "Default: from the credentials that are given (an application credential, a token, else user and " +
          "password); `none` when there are none and no cloud is named.",
      },
    ),
    auth_url: documented(v.exactOptional(httpUrl), {
      title: "Keystone endpoint",
      description: "Version 3 of the identity API; `/v3` at the end may be left out.",
      examples: ["https://keystone.example.org:5000/v3"],
    }),
    username: words("User name", "Needs a user domain beside it.", "skynet"),
    user_id: words("User id", "In place of name and domain.", "b4c7d7d6c5a84a8d9f3c4b0a2a1b9c8d"),
    password: words("Password of the user", "Never logged. Keep the file readable by root only."),
    user_domain_name: words("Domain of the user, by name", "Or `user_domain_id`.", "Default"),
    user_domain_id: words("Domain of the user, by id", "Or `user_domain_name`.", "default"),
    project_name: words(
      "Project to act in, by name",
      "Needs a project domain beside it. Not with an application credential, which carries its project.",
      "kubernetes",
    ),
    project_id: words(
      "Project to act in, by id",
      "In place of name and domain.",
      "4fd44f30292945e481c7b8a0c8908869",
    ),
    project_domain_name: words("Domain of the project, by name", "Or `project_domain_id`.", "Default"),
    project_domain_id: words("Domain of the project, by id", "Or `project_domain_name`.", "default"),
    application_credential_id: words(
      "Application credential, by id",
      "Or by name together with its user.",
      "21dced0fd20347869b93710d2b98aae0",
    ),
    application_credential_name: words(
      "Application credential, by name",
      "Needs its user beside it: `user_id`, or `username` with a user domain.",
      "skynet-nodes",
    ),
    application_credential_secret: words("Secret of the application credential", "Never logged."),
    token: words(
      "Token to authenticate with",
      "Never logged. Cannot be renewed: meant for short runs by hand.",
    ),
    region_name: words(
      "Region",
      "Which endpoint of the service catalogue to take, where the cloud has several.",
      "RegionOne",
    ),
    interface: documented(v.exactOptional(oneOf(["public", "internal", "admin"])), {
      title: "Kind of endpoint",
      description: "Which endpoint of the service catalogue to take. Default: `public`.",
    }),
    cacert: path(
      "Certificate authorities for OpenStack's endpoints",
      "A PEM file. Default: the public authorities built into the executable.",
      "/etc/ssl/certs/openstack-ca.pem",
    ),
    cert: path("Client certificate", "A PEM file; needs `key`.", "/etc/skynet/client.pem"),
    key: path("Private key of the client certificate", "A PEM file; needs `cert`.", "/etc/skynet/client.key"),
    verify: documented(v.exactOptional(flag), {
      title: "Check the certificates of OpenStack's endpoints",
      description: "Default: true. Set to false only to try something out.",
    }),
  },
  NOT_AN_OBJECT,
);

export type OpenStackConfig = v.InferOutput<typeof OpenStackSchema>;
