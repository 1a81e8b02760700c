/** How to reach one API server, and how to prove who we are. What kubeconfig.ts and in-cluster.ts make. */
export interface ApiAccess {
  /** `http` or `https` URL without trailing slash; may have a path (behind a gateway). */
  readonly server: string;
  /** Where all this was said, for messages, e.g. `kubeconfig /etc/kubernetes/skynet.conf (context "node")`. */
  readonly origin: string;
  /** Only of use when the server is `https`. */
  readonly tls?: ApiTls;
  /** Never sent over plain `http`. */
  readonly credentials?: Credentials;
  /** HTTP proxy the kubeconfig names. Proxy variables of the environment are never obeyed. */
  readonly proxy?: string;
}

/** In the form of `fetch`'s option `tls`. Certificates and keys are PEM texts. */
export interface ApiTls {
  /** Trusted instead of the system's authorities. */
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  /** Name to ask for and to find in the server's certificate, when it is not the host of the URL. */
  readonly serverName?: string;
  readonly rejectUnauthorized?: boolean;
}

export type Credentials =
  | { readonly kind: "token"; readonly token: string }
  /** Read again for every request: the kubelet replaces service account tokens. */
  | { readonly kind: "tokenFile"; readonly path: string }
  | { readonly kind: "basic"; readonly username: string; readonly password: string };
