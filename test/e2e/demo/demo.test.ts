/** `make demo` as a process: what it shows, how it ends, and that it leaves nothing, also when it is interrupted. */
import { expect, test } from "bun:test";
import { DemoProcess } from "./process.ts";

/** Labs are found by name: not that of another test run on this machine. */
const demo = (serial: number) => new DemoProcess(`skdemo${process.pid}x${serial}`);

test("shows pods, ports and pings on two nodes, and that nothing is left", async () => {
  const { exitCode, output, errors, remains } = await demo(0).end();
  expect({ exitCode, errors, remains }).toEqual({ exitCode: 0, errors: "", remains: [] });

  const pods = rows(output, "POD +NODE ");
  expect(pods).toHaveLength(6);
  expect(pods[0]).toMatch(/^web-1 +node1 +nothing.* 10\.50\.0\.\d+\/24 +fd50:0:0:1::[0-9a-f:]+\/64 +\d+ ms$/);
  expect(pods[2]).toMatch(/^db +node1 .* 10\.50\.0\.200\/24 +- /);
  expect(pods[3]).toMatch(/^cache +node2 .* 10\.50\.0\.201\/24 +fd50:0:0:1::201\/64 /);
  expect(pods[4]).toMatch(/^legacy +node2 .* 10\.50\.0\.\d+\/24 +- /);

  const ports = rows(output, "POD +NEUTRON'S PORT ");
  expect(ports).toHaveLength(6);
  for (const port of ports) {
    expect(port).toMatch(/^(\S+) +[0-9a-f-]{36} +default_\1 +node[12] +fa:16:3e(:[0-9a-f]{2}){3} +DOWN$/);
  }
  expect(output).toContain("skynet, skynet-cluster=k8s, skynet-network=pods, skynet-uid=");

  const pings = rows(output, "FROM +TO ");
  expect(pings).toHaveLength(7);
  for (const ping of pings) expect(ping).toEndWith(" 2 of 2");
  expect(pings.filter((ping) => /^web-1 \(node1\) +web-2 \(node2\) /.test(ping))).toHaveLength(2);
  expect(pings.filter((ping) => / gateway /.test(ping))).toHaveLength(2);

  const counts = rows(output, "WHAT +BEFORE ");
  expect(counts.map((row) => row.replace(/^.*? {2,}/, "").split(/ +/))).toEqual([
    ["0", "6", "0"],
    ["0", "6", "0"],
    ["0", "2", "0"],
    ["0", "6", "0"],
    ["0", "6", "0"],
    ["0", "0", "0"],
  ]);
  expect(output).not.toContain("\u001b");
  expect(output).toMatch(/\nAll as expected, in \d+\.\d s\.\n\n$/);
});

// Each is what the demo prints before: the nodes come up, pods are attached, pods ping.
const moments = ["The kernel has", "Start a simulated Neutron", "NEUTRON'S PORT"];

test.each(moments.map((moment, index) => [moment, index + 1] as const))(
  'Ctrl-C after "%s" leaves nothing',
  async (moment, serial) => {
    const running = demo(serial);
    await running.printed(moment);
    running.signal("SIGINT");
    const { exitCode, output, errors, remains } = await running.end();
    expect({ exitCode, errors, remains }).toEqual({ exitCode: 130, errors: "", remains: [] });
    expect(output).toContain("Interrupted: cleaning up");
    expect(output).not.toContain("FAILED");
  },
);

test("SIGTERM, and impatience while it cleans up, leave nothing", async () => {
  const running = demo(4);
  await running.printed("NEUTRON'S PORT");
  running.signal("SIGTERM");
  await running.printed("Interrupted: cleaning up");
  running.signal("SIGINT");
  running.signal("SIGTERM");
  const { exitCode, remains } = await running.end();
  expect({ exitCode, remains }).toEqual({ exitCode: 143, remains: [] });
});

/** The lines below a table's titles, without their indentation. */
function rows(output: string, titles: string): string[] {
  const lines = output.split("\n").map((line) => line.trim());
  const first = lines.findIndex((line) => new RegExp(`^${titles}`).test(line)) + 1;
  if (first === 0) throw new Error(`no table ${titles} in:\n${output}`);
  return lines.slice(first, lines.indexOf("", first));
}
