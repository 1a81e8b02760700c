/**
 * The log of every role: one line a record, on standard error and, if asked for, in a file.
 * Standard output is never touched: in a CNI plugin it belongs to the result.
 *
 *     2026-11-22T23:00:00.000Z INFO  port created id=31a8f352 pod=shop/web-0
 */
import { openForAppending, writeAll } from "./system/files.ts";

export const LOG_LEVELS = ["debug", "info", "warn", "error"] as const;

export type LogLevel = (typeof LOG_LEVELS)[number];

/** Values of any kind; `undefined` is left out, and values under a secret's name are hidden. */
export type Fields = Record<string, unknown>;

export interface Logger {
  debug(message: string, fields?: Fields): void;
  info(message: string, fields?: Fields): void;
  warn(message: string, fields?: Fields): void;
  error(message: string, fields?: Fields): void;
  /** A logger that writes `fields` with every record. */
  child(fields: Fields): Logger;
}

/** Takes one finished line, newline included. It must not throw. */
export type Sink = (line: string) => void;

export interface LogOptions {
  /** The least important level that is written; default `info`. */
  level?: LogLevel | undefined;
  /** Path of a file to append to as well. It is created with mode 0640; its directory must exist. */
  file?: string | undefined;
  /** Where lines go besides the file; default standard error. */
  sink?: Sink;
}

/**
 * Makes a logger. Writing is synchronous, so a record survives whatever happens next. Nothing here ever
 * throws: a log file that cannot be opened costs one warning and no more.
 */
export function createLogger(options: LogOptions = {}): Logger {
  const sink = options.sink ?? toStandardError;
  const threshold = LOG_LEVELS.indexOf(options.level ?? "info");
  if (options.file === undefined) return bind([sink], threshold, {});
  const file = openFile(options.file);
  if (typeof file === "function") return bind([sink, file], threshold, {});
  const logger = bind([sink], threshold, {});
  logger.warn("the log file cannot be opened; logging to standard error only", {
    log_file: options.file,
    error: file,
  });
  return logger;
}

/** A logger that drops everything, for code that was given none. */
export const silent: Logger = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  child: () => silent,
};

/** One record as a line with its newline. */
export function formatRecord(time: Date, level: LogLevel, message: string, fields: Fields): string {
  let line = `${time.toISOString()} ${level.toUpperCase().padEnd(5)} ${escapeControls(message)}`;
  for (const [key, value] of Object.entries(fields)) {
    if (value !== undefined) line += ` ${key}=${formatValue(key, value)}`;
  }
  return `${line}\n`;
}

function bind(sinks: Sink[], threshold: number, bound: Fields): Logger {
  const write = (level: LogLevel, message: string, fields?: Fields): void => {
    if (LOG_LEVELS.indexOf(level) < threshold) return;
    const line = formatRecord(new Date(), level, message, { ...bound, ...fields });
    for (const sink of sinks) sink(line);
  };
  return {
    debug: (message, fields) => write("debug", message, fields),
    info: (message, fields) => write("info", message, fields),
    warn: (message, fields) => write("warn", message, fields),
    error: (message, fields) => write("error", message, fields),
    child: (fields) => bind(sinks, threshold, { ...bound, ...fields }),
  };
}

const SECRET_NAME = /password|passwd|secret|token|authorization|private_?key/i;
const HIDDEN = "(hidden)";

function formatValue(key: string, value: unknown): string {
  if (SECRET_NAME.test(key)) return HIDDEN;
  const text = textOf(value);
  return /^[^\s"=\\\p{Cc}]+$/u.test(text) ? text : JSON.stringify(text);
}

function textOf(value: unknown): string {
  if (value instanceof Error) return value.message;
  if (typeof value !== "object" || value === null) return String(value);
  try {
    return JSON.stringify(value, (key, inner) => (SECRET_NAME.test(key) ? HIDDEN : inner));
  } catch {
    return Object.prototype.toString.call(value);
  }
}

/** A message stays on its line whatever it quotes. */
function escapeControls(message: string): string {
  return message.replace(/\p{Cc}/gu, (control) => JSON.stringify(control).slice(1, -1));
}

function toStandardError(line: string): void {
  writeOrDrop(2, line);
}

function openFile(path: string): Sink | Error {
  try {
    const descriptor = openForAppending(path, 0o640);
    return (line) => writeOrDrop(descriptor, line);
  } catch (error) {
    return error as Error;
  }
}

/** A full disk or a closed standard error must not fail the work that is being logged. */
function writeOrDrop(descriptor: number, line: string): void {
  try {
    writeAll(descriptor, line);
  } catch {
    // There is nowhere left to say it.
  }
}
