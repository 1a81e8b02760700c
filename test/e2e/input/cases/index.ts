/** Every table of cases. */
import type { Table } from "../case.ts";
import { annotations } from "./annotations.ts";
import { asked } from "./asked.ts";
import { chain } from "./chain.ts";
import { clouds } from "./clouds.ts";
import { config } from "./config.ts";
import { connection } from "./connection.ts";
import { credentials } from "./credentials.ts";
import { environment } from "./environment.ts";
import { kubeconfig } from "./kubeconfig.ts";
import { kubernetes } from "./kubernetes.ts";
import { netns } from "./netns.ts";
import { node } from "./node.ts";
import { stdin } from "./stdin.ts";
import { versions } from "./versions.ts";

export const tables: readonly Table[] = [
  environment,
  stdin,
  versions,
  config,
  credentials,
  clouds,
  netns,
  annotations,
  asked,
  chain,
  kubeconfig,
  kubernetes,
  connection,
  node,
];
