import { testCells } from "./suite.ts";

testCells("neutron");
