/** What the tests and the watched plugin agree on. */

/** Environment variable with the file that gets a line for each step. */
export const STEPS_FILE = "SKYNET_TEST_STEPS_FILE";

/** Environment variable with the number of the step, from 1, before which the process kills itself. */
export const DIE_AT = "SKYNET_TEST_DIE_AT";
