/** Ethernet frames as they are: sending made-up ones, and looking at all that pass. */
import { dlopen, FFIType, ptr } from "bun:ffi";
import { run } from "../../../lab/command.ts";
import { waitFor } from "../../../lab/wait.ts";

/** linux/if_packet.h, linux/if_ether.h */
const AF_PACKET = 17;
const SOCK_RAW = 3;
/** IEEE 802: for experiments. */
const ETHERTYPE = 0x88b5;
const SHORTEST_FRAME = 60;

export interface Frame {
  readonly from: string;
  /** VLAN tags, the outermost first. */
  readonly tags?: readonly number[];
  /** By which it is known again. */
  readonly text: string;
}

/** Sends broadcast frames from an interface of a network namespace. */
export async function sendFrames(netns: string, ifname: string, frames: readonly Frame[]): Promise<void> {
  const argv = ["nsenter", `--net=${netns}`, process.execPath, import.meta.path, ifname];
  await run(argv, { stdin: JSON.stringify(frames) });
}

/** What tcpdump sees on an interface of a network namespace from now on, with VLAN tags and texts. */
export class Capture implements AsyncDisposable {
  private seen = "";
  private constructor(private readonly process: Bun.Subprocess<"ignore", "pipe", "inherit">) {}

  static async start(netns: string, ifname: string): Promise<Capture> {
    // What it says of itself comes on the same stream: nobody need read another.
    const argv = ["tcpdump", "-i", ifname, "-n", "-e", "-A", "-l", "--immediate-mode"];
    const command = ["nsenter", `--net=${netns}`, "sh", "-c", `exec ${argv.join(" ")} 2>&1`];
    const capture = new Capture(Bun.spawn(command, { stdout: "pipe", stderr: "inherit" }));
    capture.gather();
    await capture.until("listening on");
    return capture;
  }

  /** All that has been seen when a text has been. */
  until(text: string): Promise<string> {
    return waitFor(`frame with ${text}`, () => this.seen.includes(text) && this.seen, { timeout: 10_000 });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.process.kill();
    await this.process.exited;
  }

  private async gather(): Promise<void> {
    for await (const piece of this.process.stdout) this.seen += new TextDecoder().decode(piece);
  }
}

function encode({ from, tags = [], text }: Frame): Uint8Array {
  const header = Buffer.from(`ffffffffffff${from.replaceAll(":", "")}`, "hex");
  const types = [...tags.flatMap((tag) => [0x8100, tag]), ETHERTYPE].map((value) => [
    value >> 8,
    value & 0xff,
  ]);
  const frame = Buffer.concat([header, Buffer.from(types.flat()), Buffer.from(`.${text}.`)]);
  return frame.length < SHORTEST_FRAME ? Buffer.concat([frame], SHORTEST_FRAME) : frame;
}

function send(ifname: string, frames: readonly Frame[]): void {
  const { i32, u32, u64, i64, pointer } = FFIType;
  const { symbols: libc } = dlopen("libc.so.6", {
    socket: { args: [i32, i32, i32], returns: i32 },
    if_nametoindex: { args: [pointer], returns: u32 },
    sendto: { args: [i32, pointer, u64, i32, pointer, u32], returns: i64 },
  });
  const socket = libc.socket(AF_PACKET, SOCK_RAW, 0);
  // struct sockaddr_ll: family, protocol, index; the rest is not looked at.
  const address = new Uint8Array(20);
  const fields = new DataView(address.buffer);
  fields.setUint16(0, AF_PACKET, true);
  fields.setInt32(4, libc.if_nametoindex(ptr(Buffer.from(`${ifname}\0`))), true);
  for (const frame of frames.map(encode)) {
    const sent = libc.sendto(socket, ptr(frame), frame.length, 0, ptr(address), address.length);
    if (Number(sent) !== frame.length) throw new Error(`${ifname} did not take a frame`);
  }
}

if (import.meta.main) send(Bun.argv[2] ?? "", await Bun.stdin.json());
