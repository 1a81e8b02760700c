/** What the person at the command line can put right; the message says how. */
export class CliError extends Error {
  override readonly name = "CliError";
}

/** Why a file or folder cannot be looked at, in words. */
export function fileProblem(path: string, error: unknown): string {
  switch ((error as NodeJS.ErrnoException).code) {
    case "ENOENT":
      return `${path} does not exist`;
    case "EACCES":
    case "EPERM":
      return `${path} may not be read by this user: try again as root`;
    case "EISDIR":
      return `${path} is a directory, not a file`;
    case "ENOTDIR":
      return `${path} is not inside a directory`;
    default:
      return `${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`;
  }
}
