import { testCells } from "./suite.ts";

testCells("ovn");
