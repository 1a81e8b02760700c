import { messageOf } from "../../cni/errors.ts";
import { isOpenStackError } from "../../openstack/errors.ts";

/** What a failure says, without what is different each time, such as a request's id: what is said again is not logged again. */
export function gistOf(error: unknown): string {
  return isOpenStackError(error) ? `${error.kind}: ${error.said}` : messageOf(error);
}
