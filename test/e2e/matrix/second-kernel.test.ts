import { testCells } from "./suite.ts";

testCells("second-kernel");
