import { configError } from "./errors.ts";

/** Behind the scheme, or where that is missing (RFC 3986, section 3.2.1). */
const USER_INFO = /^([a-z]+:\/\/)?[^/?#]*@/i;

/**
 * Refuses a URL with a user name or password in it, without telling it: URLs stand in errors, logs, events and metrics.
 *
 * @param name what the URL is, for the message
 * @throws OpenStackError of kind `config`
 */
export function refuseUserInfo(name: string, url: string, origins: string): void {
  if (!USER_INFO.test(url)) return;
  throw configError(
    `${name} (from ${origins}) has a user name or password in it`,
    "take it out: URLs stand in errors and logs",
  );
}
