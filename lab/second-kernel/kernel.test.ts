import { expect, test } from "bun:test";
import { processors } from "./guest.ts";
import { KernelError, kernelCommand } from "./kernel.ts";

const boot = { checkout: "/home/me/sky-net_1", modules: "/usr/lib/uml/modules/6.1", memory: "4G" };

test("the kernel begins with the checkout's own first process", () => {
  const command = kernelCommand(boot);
  expect(command).toContain("init=/home/me/sky-net_1/lab/second-kernel/init.sh");
  expect(command).toContain("checkout=/home/me/sky-net_1");
  expect(command).toContain("mem=4G");
});

test("a path that the kernel would take apart is refused", () => {
  for (const checkout of ["/home/my files", '/a"b', "/a,b"]) {
    expect(() => kernelCommand({ ...boot, checkout })).toThrow(KernelError);
  }
});

test("memory without a unit, or with another, is refused", () => {
  for (const memory of ["4", "4T", "G", "-1G", "0G", "4g"]) {
    expect(() => kernelCommand({ ...boot, memory })).toThrow(`memory "${memory}": use a number and M or G`);
  }
});

test("lists of processors", () => {
  expect(processors("0")).toEqual([0]);
  expect(processors("0-2,5,8-9")).toEqual([0, 1, 2, 5, 8, 9]);
});
