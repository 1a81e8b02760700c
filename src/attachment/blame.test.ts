import { expect, test } from "bun:test";
import { CniError } from "../cni/errors.ts";
import type { PodRequest } from "../kubernetes/pod-request.ts";
import { OpenStackError } from "../openstack/errors.ts";
import { blame } from "./blame.ts";

const nothingAsked: PodRequest = { ips: [], origins: {}, warnings: [] };
const askedForNetwork: PodRequest = {
  ...nothingAsked,
  networkId: "net-1",
  origins: { networkId: "annotation skynet/network_id of pod default/web" },
};

function refusal(type: string, kind: OpenStackError["kind"]): OpenStackError {
  return new OpenStackError({ service: "neutron", kind, type, said: "no", hint: "think again" });
}

test("a refused value is blamed on the annotation that gave it", () => {
  const blamed = blame(refusal("NetworkNotFound", "notFound"), askedForNetwork, "pod default/web");
  expect(blamed).toBeInstanceOf(CniError);
  expect((blamed as CniError).message).toStartWith(
    'annotation skynet/network_id of pod default/web is "net-1": Neutron',
  );
});

test("a refused default is blamed on the configuration's key", () => {
  const blamed = blame(refusal("NetworkNotFound", "notFound"), nothingAsked, "pod default/web");
  expect((blamed as CniError).message).toStartWith("neutron.default_network_id for pod default/web: ");
});

test("the holder of an address is told together with who asked for the address", () => {
  const asked: PodRequest = {
    ...nothingAsked,
    ips: ["10.0.0.5"],
    origins: { ips: "annotation skynet/ip of pod p" },
  };
  const held = new CniError(102, "the address 10.0.0.5 is held by port x");
  const expected = "annotation skynet/ip of pod p: the address 10.0.0.5 is held by port x";
  expect(blame(held, asked, "pod p")).toMatchObject({ code: 102, message: expected });
});

test("a full network is a pod's own matter only when the pod chose it", () => {
  const full = refusal("IpAddressGenerationFailure", "addressesExhausted");
  expect(blame(full, nothingAsked, "pod default/web")).toBe(full);
  expect(blame(full, askedForNetwork, "pod default/web")).toMatchObject({ code: 100 });
});
