import { testCrowds } from "./crowd.ts";
import { testCells } from "./suite.ts";

testCells("neutron");
testCrowds("neutron");
