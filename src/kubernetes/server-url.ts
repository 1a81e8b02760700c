/** Behind the scheme, or where that is missing (RFC 3986, section 3.2.1). */
const USER_INFO = /^([a-z]+:\/\/)?[^/?#]*@/i;

/**
 * Checks the address of an API server and writes it in its one form: no trailing slash.
 *
 * @returns the address, or what is wrong with it as the rest of a sentence
 */
export function parseServerUrl(text: string): { url: string } | { problem: string } {
  // First, for other problems repeat the text.
  if (USER_INFO.test(text)) {
    return {
      problem: "must not hold a user name or password: credentials belong into the user of a kubeconfig",
    };
  }
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    return { problem: "must be a URL such as https://192.168.7.203:6443" };
  }
  if (url.protocol !== "http:" && url.protocol !== "https:") {
    return { problem: `must begin with http:// or https:// (such as https://${text})` };
  }
  if (url.search !== "" || url.hash !== "") {
    return { problem: "must not have a query or a fragment (? or #)" };
  }
  return { url: `${url.origin}${url.pathname.replace(/\/+$/, "")}` };
}
