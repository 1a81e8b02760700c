import { expect, test } from "bun:test";
import { containerdConfiguration } from "./configuration.ts";
import { pauseImage } from "./image.ts";

test("the configuration is TOML that keeps everything at the given places", () => {
  const paths = {
    root: "/lab/root",
    state: "/lab/state",
    opt: "/lab/opt",
    socket: '/lab/a "quoted".sock',
    cniBin: "/lab/bin",
    cniConf: "/lab/net.d",
  };
  const configuration = Bun.TOML.parse(containerdConfiguration(paths));
  expect(configuration).toMatchObject({
    version: 2,
    root: paths.root,
    state: paths.state,
    grpc: { address: paths.socket },
    plugins: {
      "io.containerd.internal.v1.opt": { path: paths.opt },
      "io.containerd.grpc.v1.cri": {
        sandbox_image: pauseImage,
        cni: { bin_dir: paths.cniBin, conf_dir: paths.cniConf },
      },
    },
  });
});
