/**
 * What one case of bad input is. Tables of them stand in `cases/`; they are data, and are not run where they are
 * declared: texts of the form `@place@` stand for what is known only then (see {@link Places}).
 */
export type Verb = "ADD" | "DEL" | "CHECK" | "STATUS" | "GC" | "VERSION";

export type Json = { readonly [key: string]: unknown };

export interface Case {
  /** What is wrong, in words; unique in its table. */
  readonly name: string;
  /** Default `ADD`. */
  readonly verb?: Verb;
  /** Merged over the usual environment, `null` removes a variable. */
  readonly env?: Readonly<Record<string, string | null>>;
  /** Merged over the usual configuration object by object; `undefined` removes a key. */
  readonly config?: Json;
  /** The pod's annotations as the runtime hands them over; `null`: it does not, and the API server is asked. */
  readonly annotations?: Json | null;
  /** Standard input, in place of a configuration. */
  readonly stdin?: string | Uint8Array;
  /** Files written into the folder `@dir@` first. */
  readonly files?: Readonly<Record<string, string>>;
  /** What starts the plugin, such as `setpriv`; the plugin's path comes after it. */
  readonly through?: readonly string[];
  /** CNI's error code; 0: the verb succeeds. */
  readonly code: number;
  /** What the error says, or, with code 0, the log: what was wrong, and what to do. */
  readonly says: readonly RegExp[];
  /** Neutron could not be asked, so a delete rightly waits in the journal. */
  readonly leavesJournal?: true;
}

export interface Table {
  /** What the input is. */
  readonly topic: string;
  readonly cases: readonly Case[];
}

/** Begins every password, token and key of the tables: no output may contain it. */
export const SECRET = "s3cret";
