/** Who may log in at the simulated Keystone. */

export interface Account {
  userId: string;
  userName: string;
  password: string;
  projectId: string;
  projectName: string;
  roles: readonly string[];
  credential: { id: string; name: string; secret: string };
}

export const DOMAIN = { id: "default", name: "Default" } as const;
export const REGION = "RegionOne";

/** An admin and a plain member, each with a password and an application credential, on projects of their own. */
export const ACCOUNTS: readonly Account[] = [
  {
    userId: "6d0f7e5c1c0b4b0a9d3e0f1a2b3c4d5e",
    userName: "admin",
    password: "secret",
    projectId: "b2f1c3d4e5a64788990a1b2c3d4e5f60",
    projectName: "admin",
    roles: ["admin", "member", "reader"],
    credential: { id: "1f2e3d4c5b6a79889900aabbccddeeff", name: "skynet", secret: "credential-secret" },
  },
  {
    userId: "7e1a8f6d2d1c5c1bae4f1a2b3c4d5e6f",
    userName: "member",
    password: "secret",
    projectId: "c3a2d4e5f6b75899a01b2c3d4e5f6a71",
    projectName: "demo",
    roles: ["member", "reader"],
    credential: { id: "2a3f4e5d6c7b8a99a0b1bbccddeeff00", name: "pods", secret: "credential-secret" },
  },
];
