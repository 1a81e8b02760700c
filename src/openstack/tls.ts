import { configError } from "./errors.ts";

/** TLS options, as PEM texts; names as `fetch` takes them. */
export interface TlsSettings {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  /** False accepts any certificate. Default true. */
  readonly verify?: boolean;
  /** The name that the server's certificate must carry, when it is not the URL's host. */
  readonly serverName?: string;
}

/** Paths of the PEM files, as they stand in the configuration. */
export interface TlsFiles {
  readonly cacert?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  readonly verify?: boolean | undefined;
}

/** Reads a text file; rejects when that is not possible. */
export type ReadTextFile = (path: string) => Promise<string>;

/**
 * Reads the files that `files` names.
 * @throws OpenStackError of kind `config` that names the key and the path
 */
export async function loadTls(files: TlsFiles, readFile: ReadTextFile): Promise<TlsSettings> {
  if (files.key !== undefined && files.cert === undefined) {
    throw configError(`key names ${files.key}, but cert is missing`, "set cert to the client certificate");
  }
  const ca = await readPem("cacert", files.cacert, "CERTIFICATE", readFile);
  const cert = await readPem("cert", files.cert, "CERTIFICATE", readFile);
  // A certificate file may hold its key too.
  const key = await readPem("key", files.key ?? files.cert, "PRIVATE KEY", readFile);
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(files.verify === undefined ? {} : { verify: files.verify }),
  };
}

async function readPem(
  name: string,
  path: string | undefined,
  block: "CERTIFICATE" | "PRIVATE KEY",
  readFile: ReadTextFile,
): Promise<string | undefined> {
  if (path === undefined) return undefined;
  const text = await readFile(path).catch((error: unknown) => {
    const reason = error instanceof Error ? error.message : String(error);
    throw configError(
      `${name}: cannot read ${path} (${reason})`,
      "correct the path or the file's permissions",
      {
        cause: error,
      },
    );
  });
  if (!new RegExp(`-----BEGIN [A-Z ]*${block}-----`).test(text)) {
    throw configError(`${name}: ${path} holds no PEM block "${block}"`, "give a file in PEM format");
  }
  return text;
}
