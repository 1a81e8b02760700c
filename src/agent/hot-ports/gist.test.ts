import { expect, test } from "bun:test";
import { OpenStackError } from "../../openstack/errors.ts";
import { gistOf } from "./gist.ts";

const refusal = (said: string, requestId: string) =>
  new OpenStackError({ service: "neutron", kind: "quota", said, hint: "raise it", requestId });

test("the same answer to two requests is the same, another is not", () => {
  expect(gistOf(refusal("full", "req-1"))).toBe(gistOf(refusal("full", "req-2")));
  expect(gistOf(refusal("full", "req-1"))).not.toBe(gistOf(refusal("other", "req-1")));
  expect(gistOf(new Error("no"))).toBe("no");
});
