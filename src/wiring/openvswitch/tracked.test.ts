import { expect, test } from "bun:test";
import { nameOf, sourcesOf } from "./tracked.ts";

test.each([
  [
    "tcp,orig=(src=10.0.0.5,dst=10.0.0.9,sport=4711,dport=80),reply=(src=10.1.0.7,dst=10.0.0.5,sport=8080,dport=4711),zone=7,mark=1,protoinfo=(state=ESTABLISHED)",
    ["10.0.0.5", "10.1.0.7"],
    ["zone=7", "ct_nw_src=10.0.0.5,ct_nw_dst=10.0.0.9,ct_nw_proto=6,ct_tp_src=4711,ct_tp_dst=80"],
  ],
  [
    "udp,orig=(src=fd00::5,dst=fd00::6,sport=1,dport=2),reply=(src=fd00::6,dst=fd00::5,sport=2,dport=1)",
    ["fd00::5", "fd00::6"],
    ["zone=0", "ct_ipv6_src=fd00::5,ct_ipv6_dst=fd00::6,ct_nw_proto=17,ct_tp_src=1,ct_tp_dst=2"],
  ],
  [
    "icmp,orig=(src=10.0.0.5,dst=10.0.0.6,id=9,type=8,code=0),reply=(src=10.0.0.6,dst=10.0.0.5,id=9,type=0,code=0),zone=65535",
    ["10.0.0.5", "10.0.0.6"],
    ["zone=65535", "ct_nw_src=10.0.0.5,ct_nw_dst=10.0.0.6,ct_nw_proto=1,icmp_type=8,icmp_code=0,icmp_id=9"],
  ],
])("a connection tells who answers, and is named by its zone and first tuple: %s", (line, sources, name) => {
  expect(sourcesOf(line)).toEqual(sources);
  expect(nameOf(line)).toEqual(name as [string, string]);
});

test.each([
  "",
  "icmpv6,orig=(src=fd00::5,dst=fd00::6,id=1,type=128,code=0),reply=(src=fd00::6,dst=fd00::5,id=1,type=129,code=0),zone=7",
  "igmp,orig=(src=10.0.0.5,dst=224.0.0.1),reply=(src=224.0.0.1,dst=10.0.0.5)",
])("what must not or cannot be named is left alone: %s", (line) => {
  expect(nameOf(line)).toBeUndefined();
});
