import { expect, test } from "bun:test";
import { inNamespace, LabLayout } from "./layout.ts";

test.each(["", "A", "1a", "a-b", "a_b", "abcdefghijklmnop"])("refuses the lab name %p", (name) => {
  expect(() => new LabLayout(name)).toThrow(RangeError);
});

test("owns the namespaces that begin with its name and a hyphen", () => {
  const layout = new LabLayout("demo");
  expect([layout.control, layout.node(1), layout.pod("web")]).toEqual(["demo-ctl", "demo-node1", "demo-web"]);
  expect(layout.owns("demo-web")).toBe(true);
  expect(layout.owns("demo2-web")).toBe(false);
});

test("a process of the lab is told its name and folder", () => {
  expect(new LabLayout("demo", "/var/x/../y").environment).toEqual({
    SKYNET_LAB: "demo",
    SKYNET_LAB_DIR: "/var/y",
  });
});

test("enters the network namespace alone", () => {
  expect(inNamespace("demo-node1", ["ip", "link"])).toEqual([
    "nsenter",
    "--net=/run/netns/demo-node1",
    "--",
    "ip",
    "link",
  ]);
});
