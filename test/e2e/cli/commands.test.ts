/** The command line of the built executable, where nothing but files is involved. */
import { expect, test } from "bun:test";
import { join } from "node:path";
import manifest from "../../../package.json" with { type: "json" };
import { skynet } from "./executable.ts";

const EXAMPLE = join(import.meta.dir, "../../../docs/examples/20-skynet.conf");

test("by hand and without arguments it says what it is, on standard error", async () => {
  const { exitCode, output, errors } = await skynet([]);
  expect(exitCode).toBe(0);
  expect(output).toBe("");
  expect(errors).toContain(`skynet ${manifest.version}`);
});

test("--version is that of package.json", async () => {
  expect(await skynet(["--version"])).toEqual({
    exitCode: 0,
    output: `skynet ${manifest.version}\n`,
    errors: "",
  });
});

test("with CNI_COMMAND it is the plugin, whatever the arguments", async () => {
  const { exitCode, output } = await skynet(["--version"], { CNI_COMMAND: "VERSION" });
  expect(exitCode).toBe(0);
  expect(JSON.parse(output).supportedVersions).toContain("1.1.0");
});

test("the documented file is valid, and --json is JSON", async () => {
  expect((await skynet(["config", EXAMPLE])).exitCode).toBe(0);
  const { output } = await skynet(["config", "--json", EXAMPLE]);
  expect(JSON.parse(output)).toMatchObject({ name: "skynet", cniVersion: "1.0.0", cluster_name: "k8s" });
});

test("failures end with 1, wrong use with 2, and both are said on standard error only", async () => {
  const failed = await skynet(["attachments", "--config", "/no/such.conf"]);
  expect(failed).toEqual({ exitCode: 1, output: "", errors: "skynet: /no/such.conf does not exist\n" });
  const wrong = await skynet(["attachment"]);
  expect(wrong.exitCode).toBe(2);
  expect(wrong.output).toBe("");
  expect(wrong.errors).toContain("Did you mean attachments?");
});
