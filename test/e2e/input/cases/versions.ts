import type { Case, Table } from "../case.ts";

function unknown(version: unknown): Case {
  return {
    name: `cniVersion ${JSON.stringify(version)}`,
    config: { cniVersion: version },
    code: 1,
    says: [/^cniVersion .+ is not supported: use one of 0\.1\.0, .*1\.1\.0/],
  };
}

export const versions: Table = {
  topic: "versions",
  cases: [
    ...["2.0.0", "0.9.9", "v1.0.0", "1.0.1", " 1.0.0", "latest", 1.1, 1, true, ["1.0.0"], {}].map(unknown),
    {
      name: "CHECK in 0.3.1",
      verb: "CHECK",
      config: { cniVersion: "0.3.1" },
      code: 1,
      says: [/CHECK exists since version 0\.4\.0/, /is 0\.3\.1/, /set cniVersion/],
    },
    {
      name: "CHECK without cniVersion, which is 0.1.0",
      verb: "CHECK",
      config: { cniVersion: undefined },
      code: 1,
      says: [/CHECK exists since version 0\.4\.0/, /0\.1\.0/],
    },
    {
      name: "STATUS in 1.0.0",
      verb: "STATUS",
      config: { cniVersion: "1.0.0" },
      code: 1,
      says: [/STATUS exists since version 1\.1\.0/],
    },
    {
      name: "GC in 0.4.0",
      verb: "GC",
      config: { cniVersion: "0.4.0" },
      code: 1,
      says: [/GC exists since version 1\.1\.0/],
    },
  ],
};
