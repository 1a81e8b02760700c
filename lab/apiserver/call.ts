/** As role-based access control names them. */
export type Verb = "get" | "list" | "watch" | "create" | "update" | "patch" | "delete";

/** One request, taken apart. */
export interface Call {
  readonly verb: Verb;
  /** `pods`, `pods/status`, `events`; empty for paths without any. */
  readonly resource: string;
  /** Absent for all namespaces. */
  readonly namespace?: string;
  /** @throws {Refusal} */
  readonly run: (body: string) => Answer | Response;
}

export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** What there is to know of a request before its body. */
export interface Asked {
  readonly method: string;
  readonly url: URL;
  readonly contentType: string;
}
