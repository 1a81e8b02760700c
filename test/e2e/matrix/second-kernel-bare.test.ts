import { testCrowds } from "./crowd.ts";
import { testCells } from "./suite.ts";

testCells("second-kernel-bare");
testCrowds("second-kernel-bare");
