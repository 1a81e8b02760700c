import type { Turn } from "./call-gate.ts";
import type { HttpReply, HttpRequest, RequestSafety } from "./http.ts";
import type { OpenStackSettings } from "./settings.ts";

/** A request to Neutron; authentication and endpoint are the session's part. */
export interface ApiRequest {
  readonly method: HttpRequest["method"];
  /** From the version on, with the query: `/v2.0/ports?device_id=…`. */
  readonly path: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Default: by the method. */
  readonly safety?: RequestSafety;
  readonly signal: AbortSignal;
}

/** A conversation with Neutron, as far as those who ask something need to know it. */
export interface ApiSession {
  readonly settings: OpenStackSettings;

  /**
   * Sends `request` as the session's identity, and repeats what may be repeated.
   * @throws OpenStackError
   */
  request(request: ApiRequest): Promise<HttpReply>;

  /** The configured project, else the one that the token is scoped to; undefined with `noauth` and none configured. */
  projectId(signal: AbortSignal): Promise<string | undefined>;

  /** The same conversation, whose calls queue at this place where calls are limited; what `turn` leaves out stays as it is. */
  with(turn: Partial<Turn>): ApiSession;
}
