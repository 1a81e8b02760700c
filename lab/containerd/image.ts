/**
 * Container images without a registry: one layer holding Debian's static busybox, packed as an OCI image layout
 * (opencontainers/image-spec: image-layout.md, manifest.md, config.md) that `ctr image import` reads.
 */
import { existsSync } from "node:fs";
import { chmod, copyFile, mkdir, mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "../command.ts";

/** What a sandbox's own container runs: nothing, for ever. */
export const pauseImage = "skynet.test/pause:1";

/** A container with busybox's shell and network tools (sh, ip, ping, nc, httpd). */
export const busyboxImage = "skynet.test/busybox:1";

/** Where Debian's package `busybox-static` puts it. */
const busybox = "/bin/busybox";

export interface ImageSpec {
  /** Full reference with a tag: `skynet.test/pause:1`. */
  readonly reference: string;
  /** Default command line of a container. */
  readonly entrypoint: readonly string[];
}

export const images: readonly ImageSpec[] = [
  { reference: pauseImage, entrypoint: ["/bin/sleep", "infinity"] },
  { reference: busyboxImage, entrypoint: ["/bin/sleep", "infinity"] },
];

/** A content-addressed part of an image, as manifests and indexes refer to it. */
interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly annotations?: Record<string, string>;
}

/**
 * Writes one tar archive that holds all of `specs`; their layer is the same and stored once.
 *
 * @throws Error when busybox-static is not installed
 */
export async function writeImageArchive(output: string, specs: readonly ImageSpec[] = images): Promise<void> {
  if (!existsSync(busybox)) throw new Error(`${busybox} is missing: install Debian's package busybox-static`);
  const work = await mkdtemp(join(tmpdir(), "skynet-image-"));
  try {
    const layout = join(work, "layout");
    await mkdir(join(layout, "blobs/sha256"), { recursive: true });
    await writeLayout(layout, await packRootfs(join(work, "rootfs")), specs);
    await run(["tar", "-C", layout, "-cf", output, "oci-layout", "index.json", "blobs"]);
  } finally {
    await rm(work, { recursive: true });
  }
}

/** The layer as an uncompressed tar archive, the same bytes for the same busybox. */
async function packRootfs(root: string): Promise<Uint8Array<ArrayBuffer>> {
  for (const folder of ["bin", "etc", "proc", "sys", "dev", "tmp", "www"]) {
    await mkdir(join(root, folder), { recursive: true });
  }
  await copyFile(busybox, join(root, "bin/busybox"));
  await chmod(join(root, "bin/busybox"), 0o755);
  const applets = (await run([busybox, "--list"])).trim().split("\n");
  await Promise.all(
    applets.filter((name) => name !== "busybox").map((name) => symlink("busybox", join(root, "bin", name))),
  );
  await Bun.write(join(root, "etc/passwd"), "root:x:0:0:root:/:/bin/sh\n");
  const archive = `${root}.tar`;
  const reproducible = ["--sort=name", "--mtime=@0", "--owner=0", "--group=0", "--numeric-owner"];
  await run(["tar", ...reproducible, "-C", root, "-cf", archive, "."]);
  return Bun.file(archive).bytes();
}

async function writeLayout(
  layout: string,
  layer: Uint8Array<ArrayBuffer>,
  specs: readonly ImageSpec[],
): Promise<void> {
  const packed = await writeBlob(layout, "application/vnd.oci.image.layer.v1.tar+gzip", Bun.gzipSync(layer));
  const manifests = await Promise.all(specs.map((spec) => writeImage(layout, spec, packed, sha256(layer))));
  await Bun.write(join(layout, "index.json"), JSON.stringify({ schemaVersion: 2, manifests }));
  await Bun.write(join(layout, "oci-layout"), JSON.stringify({ imageLayoutVersion: "1.0.0" }));
}

/** Writes configuration and manifest of one image. @returns the index's entry */
async function writeImage(
  layout: string,
  spec: ImageSpec,
  layer: Descriptor,
  diffId: string,
): Promise<Descriptor> {
  const config = await writeBlob(layout, "application/vnd.oci.image.config.v1+json", {
    architecture: process.arch === "x64" ? "amd64" : process.arch,
    os: "linux",
    config: { Entrypoint: spec.entrypoint, Env: ["PATH=/bin"], WorkingDir: "/" },
    rootfs: { type: "layers", diff_ids: [diffId] },
  });
  const mediaType = "application/vnd.oci.image.manifest.v1+json";
  const manifest = await writeBlob(layout, mediaType, {
    schemaVersion: 2,
    mediaType,
    config,
    layers: [layer],
  });
  // containerd names the imported image by its own annotation; the tag is the standard one.
  const tag = spec.reference.slice(spec.reference.lastIndexOf(":") + 1);
  const names = { "io.containerd.image.name": spec.reference, "org.opencontainers.image.ref.name": tag };
  return { ...manifest, annotations: names };
}

async function writeBlob(
  layout: string,
  mediaType: string,
  content: Uint8Array | object,
): Promise<Descriptor> {
  const bytes = content instanceof Uint8Array ? content : new TextEncoder().encode(JSON.stringify(content));
  const digest = sha256(bytes);
  await Bun.write(join(layout, "blobs", digest.replace(":", "/")), bytes);
  return { mediaType, digest, size: bytes.byteLength };
}

function sha256(bytes: Uint8Array): string {
  return `sha256:${new Bun.CryptoHasher("sha256").update(bytes).digest("hex")}`;
}
