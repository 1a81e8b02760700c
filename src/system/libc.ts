/**
 * The calls into the C library that rtnetlink, namespaces, locks, unix sockets and small files need, and the only file
 * that uses `bun:ffi`.
 * All of them are synchronous and run on the calling thread. Numbers are those of Linux's generic ABI
 * (asm-generic), which x86-64 and arm64 share.
 */
import { dlopen, FFIType, read as memory, ptr } from "bun:ffi";
import { SystemCallError } from "./errno.ts";

const { i32, i64, u32, u64, pointer, void: nothing } = FFIType;

// Opening the library and binding these symbols takes about 0.3 ms.
const { symbols: libc } = dlopen("libc.so.6", {
  socket: { args: [i32, i32, i32], returns: i32 },
  setsockopt: { args: [i32, i32, i32, pointer, u32], returns: i32 },
  getsockopt: { args: [i32, i32, i32, pointer, pointer], returns: i32 },
  connect: { args: [i32, pointer, u32], returns: i32 },
  send: { args: [i32, pointer, u64, i32], returns: i64 },
  recv: { args: [i32, pointer, u64, i32], returns: i64 },
  open: { args: [pointer, i32, u32], returns: i32 },
  read: { args: [i32, pointer, u64], returns: i64 },
  write: { args: [i32, pointer, u64], returns: i64 },
  close: { args: [i32], returns: i32 },
  readlink: { args: [pointer, pointer, u64], returns: i64 },
  ioctl: { args: [i32, u64, pointer], returns: i32 },
  setns: { args: [i32, i32], returns: i32 },
  flock: { args: [i32, i32], returns: i32 },
  setenv: { args: [pointer, pointer, i32], returns: i32 },
  _exit: { args: [i32], returns: nothing },
  __errno_location: { args: [], returns: pointer },
});

/** fcntl.h */
export const O_RDONLY = 0;
export const O_WRONLY = 0o1;
export const O_CREAT = 0o100;
export const O_APPEND = 0o2000;
export const O_NONBLOCK = 0o4000;
const O_CLOEXEC = 0o2000000;

/** bits/socket.h */
export const AF_UNIX = 1;
export const AF_INET = 2;
export const AF_NETLINK = 16;
export const SOCK_STREAM = 1;
export const SOCK_DGRAM = 2;
export const SOCK_RAW = 3;
const SOCK_CLOEXEC = 0o2000000;
export const MSG_TRUNC = 0x20;

/** asm-generic/socket.h */
export const SOL_SOCKET = 1;
export const SO_PEERCRED = 17;
export const SO_RCVTIMEO = 20;
export const SO_SNDTIMEO = 21;

/** sched.h */
export const CLONE_NEWNET = 0x40000000;

/** sys/file.h */
const LOCK_SH = 1;
const LOCK_EX = 2;
const LOCK_NB = 4;

/** asm-generic/errno-base.h */
const EAGAIN = 11;

/** linux/nsfs.h: _IO(0xb7, 3), answers the CLONE_NEW… constant of the namespace behind a descriptor. */
export const NS_GET_NSTYPE = 0xb703;

/** The number of an error in this thread's `errno`: only meaningful at once after a failed call. */
function errno(): number {
  const location = libc.__errno_location();
  return location === null ? 0 : memory.i32(location, 0);
}

/** Answers a call's result, or throws what `errno` says when the call reported failure with -1. */
function checked(call: string, result: number | bigint): number {
  const value = Number(result);
  if (value === -1) throw new SystemCallError(call, errno());
  return value;
}

function cString(text: string): Uint8Array {
  return new TextEncoder().encode(`${text}\0`);
}

/** A new socket, closed on exec. @throws SystemCallError */
export function socket(domain: number, type: number, protocol: number): number {
  return checked("socket", libc.socket(domain, type | SOCK_CLOEXEC, protocol));
}

/** @throws SystemCallError */
export function setsockopt(fd: number, level: number, option: number, value: Uint8Array): void {
  checked("setsockopt", libc.setsockopt(fd, level, option, ptr(value), value.byteLength));
}

/** Fills `value` with an option's value, which has as many bytes. @throws SystemCallError */
export function getsockopt(fd: number, level: number, option: number, value: Uint8Array): void {
  const length = new Uint32Array([value.byteLength]);
  checked("getsockopt", libc.getsockopt(fd, level, option, ptr(value), ptr(length)));
}

/** @param address as the socket's family has it (`struct sockaddr_…`) @throws SystemCallError */
export function connect(fd: number, address: Uint8Array): void {
  checked("connect", libc.connect(fd, ptr(address), address.byteLength));
}

/** Sends one datagram, or as much as a stream takes; answers how many bytes. @throws SystemCallError */
export function send(fd: number, bytes: Uint8Array): number {
  return checked("send", libc.send(fd, ptr(bytes), bytes.byteLength, 0));
}

/**
 * Receives one datagram into `buffer` and answers its length (with MSG_TRUNC its real one), or what has come on a
 * stream: 0 at its end.
 *
 * @throws SystemCallError
 */
export function recv(fd: number, buffer: Uint8Array, flags = 0): number {
  return checked("recv", libc.recv(fd, ptr(buffer), buffer.byteLength, flags));
}

/** Opens a file, closed on exec. @param mode of a file that is made (with O_CREAT) @throws SystemCallError */
export function open(path: string, flags: number, mode = 0): number {
  return checked(`open ${path}`, libc.open(ptr(cString(path)), flags | O_CLOEXEC, mode));
}

/** Reads into `buffer` and answers how many bytes; 0 at the end. @throws SystemCallError */
export function read(fd: number, buffer: Uint8Array): number {
  return checked("read", libc.read(fd, ptr(buffer), buffer.byteLength));
}

/** Writes and answers how many bytes were taken. @throws SystemCallError */
export function write(fd: number, bytes: Uint8Array): number {
  return checked("write", libc.write(fd, ptr(bytes), bytes.byteLength));
}

/** What a symbolic link holds, up to 255 bytes of it. @throws SystemCallError */
export function readlink(path: string): string {
  const buffer = new Uint8Array(255);
  const length = checked(
    `readlink ${path}`,
    libc.readlink(ptr(cString(path)), ptr(buffer), buffer.byteLength),
  );
  return new TextDecoder().decode(buffer.subarray(0, length));
}

export function close(fd: number): void {
  libc.close(fd);
}

/** @param argument what the request reads and writes, for those that take something @throws SystemCallError */
export function ioctl(fd: number, request: number, argument?: Uint8Array): number {
  return checked("ioctl", libc.ioctl(fd, request, argument === undefined ? null : ptr(argument)));
}

/** Where an array lies in memory, for a structure that points to it. It must live as long as that is used. */
export function addressOf(array: Uint8Array): bigint {
  return BigInt(ptr(array));
}

/** Moves the calling thread into the namespace behind `fd`. @throws SystemCallError */
export function setns(fd: number, type: number): void {
  checked("setns", libc.setns(fd, type));
}

/**
 * Locks a file for this descriptor alone, or for all that share it; false when another's lock is in the way. One that
 * the descriptor has already is given up for the new one, and may then be lost: flock(2), "Converting a lock".
 *
 * @throws SystemCallError
 */
export function tryLock(fd: number, kind: "exclusive" | "shared" = "exclusive"): boolean {
  const result = libc.flock(fd, (kind === "shared" ? LOCK_SH : LOCK_EX) | LOCK_NB);
  if (result === -1 && errno() === EAGAIN) return false;
  checked("flock", result);
  return true;
}

/** Sets a variable of the environment for what reads it from now on, but for JavaScript. @throws SystemCallError */
export function setenv(name: string, value: string, existing: "keep" | "replace"): void {
  const overwrite = existing === "replace" ? 1 : 0;
  checked("setenv", libc.setenv(ptr(cString(name)), ptr(cString(value)), overwrite));
}

/** Ends the process, and nothing else: what is open stays as a killed process would leave it. */
export function exitAtOnce(status: number): never {
  libc._exit(status);
  throw new Error("_exit returned");
}
