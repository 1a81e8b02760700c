import { errorCode, KubernetesError, messageOf } from "./errors.ts";

/**
 * Reads a text file that the access to the API server depends on.
 *
 * @param purpose what the file is for, as the beginning of the error's sentence
 * @throws {KubernetesError} kind `config`, saying what to do
 */
export async function readText(path: string, purpose: string): Promise<string> {
  try {
    return await Bun.file(path).text();
  } catch (error) {
    throw new KubernetesError("config", `${purpose}: ${whyUnreadable(path, error)}`, {
      path,
      reason: errorCode(error) ?? "unreadable",
      cause: error,
    });
  }
}

function whyUnreadable(path: string, error: unknown): string {
  switch (errorCode(error)) {
    case "ENOENT":
      return `there is no file ${path}: create it or correct the path`;
    case "EACCES":
      return `the file ${path} may not be read: make it readable for the user skynet runs as (root)`;
    case "EISDIR":
      return `${path} is a folder: name the file`;
    default:
      return `${path} cannot be read: ${messageOf(error)}`;
  }
}
