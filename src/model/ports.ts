/** How a port is reached: `http` by URL, `tcp` by host and port. */
export type PortProtocol = 'http' | 'tcp';

/** A port that the pod listens on. */
export interface PortRequest {
  /** 1–65535. */
  port: number;
  /** How it is reached from outside. */
  protocol: PortProtocol;
}

/** The accepted forms of a port, for messages. */
export const PORT_FORM = "'8000/http', '22/tcp' or { port: 8000, protocol: 'http' }";

/** Parses `'8000/http'` or `'22/tcp'`; `undefined` for any other text. */
export function parsePort(text: string): PortRequest | undefined {
  const match = /^([1-9]\d{0,4})\/(http|tcp)$/.exec(text);
  if (match === null || Number(match[1]) > 65_535) return undefined;
  return { port: Number(match[1]), protocol: match[2] as PortProtocol };
}
